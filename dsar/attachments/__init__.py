"""Files that belong to a request: looked at before they are kept, and kept sealed."""
