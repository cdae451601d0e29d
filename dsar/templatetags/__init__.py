"""Tags of the pages of the data subjects."""
