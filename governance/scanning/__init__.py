"""`manage.py scan`: what personal data a file, a folder or a foreign database holds."""
