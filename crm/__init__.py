"""Operational data behind the gate: the people a company serves and what it does with them."""
