"""Sealed storage: envelope, keys, blind index and the normal forms that it indexes."""
