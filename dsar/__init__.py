"""Requests of data subjects: rights, intake, identity, clock, letters, packages, portal."""
