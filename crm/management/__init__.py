"""Commands of operational data."""
