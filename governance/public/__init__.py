"""Public pages of a company beside those for rights: wiring of operational data and public door."""
