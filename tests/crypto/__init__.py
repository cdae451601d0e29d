"""Sealed storage and normal forms."""
