"""What every test database starts with: one approved company. Run once, as the application."""

import os
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
django.setup()

from django.db import connections  # noqa: E402 - settings come first

from tests.builders import NOW, a_company  # noqa: E402

# Approved a month before the tests begin, so that those who ask the real clock find it in force.
a_company(now=NOW - timedelta(days=30))
connections.close_all()
