"""The web application over ASGI. The data map is checked before the first request is served."""

import os

from django.core.asgi import get_asgi_application
from django.core.management import call_command

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
application = get_asgi_application()
call_command("check", tags=["data_map"], fail_level="WARNING", verbosity=0)
