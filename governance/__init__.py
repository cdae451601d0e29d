"""Custode: the project, its settings and wiring, and the policy core."""
