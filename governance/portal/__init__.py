"""The portal of the data protection officer: Django's admin, behind roles, duties and the log."""
