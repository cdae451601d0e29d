"""Offers (ST3, ST11): a catalogue linked to needs, and which of them to propose to whom."""
