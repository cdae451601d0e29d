"""Segments: groups of people told apart by declared variables, under a purpose for it (A3)."""
