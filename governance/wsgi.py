"""The web application. The data map is checked before the first request is served."""

import os

from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
application = get_wsgi_application()
call_command("check", tags=["data_map"], fail_level="WARNING", verbosity=0)
