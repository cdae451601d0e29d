"""The web application. Data map and root key are checked before the first request is served."""

import os

from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

from governance.crypto import rootkeys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
application = get_wsgi_application()
call_command("check", tags=["data_map", "root_key"], fail_level="WARNING", verbosity=0)
rootkeys.held()
