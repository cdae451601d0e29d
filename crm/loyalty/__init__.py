"""Loyalty (ST7, ST9): a programme, its members, their ledger of points, and their tiers."""
