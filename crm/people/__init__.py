"""People as the house knows them: stages, accounts, handles, provenance, one timeline, wording.

Whether two files are one person is decided in `registry.merging`, for any app's people alike.
"""
