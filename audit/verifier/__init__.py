"""Verify a Custode audit log without Custode: Python and `cryptography`, nothing else.

The product uses the same arithmetic and the same note format, so that what it signs is what
this package checks. Imports are relative: in an auditor's bundle the package is called
`custode_verify`.
"""
