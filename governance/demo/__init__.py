"""A demonstration: an Italian company that does not exist, with people who do not exist."""
