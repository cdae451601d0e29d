"""The servers that `manage.py serve` brings along: a real PostgreSQL and a real Valkey."""
