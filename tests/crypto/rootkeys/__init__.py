"""Root keys: one contract, and what is peculiar to file, token and server."""
