"""The help centre: articles that are written, reviewed and published, and found by everybody."""
