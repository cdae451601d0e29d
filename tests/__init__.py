"""Tests of the project: `make test`."""
