"""One module for each `manage.py` command of the installation."""
