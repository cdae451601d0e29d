"""Plain values and pure decisions: no database, no clock, no framework."""
