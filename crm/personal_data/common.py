"""What several tables of operational data say in the same words."""

from registry.datamap import NotPersonal

ORIGIN_KEY = NotPersonal(because="keyed hash of the source's own id; makes an import idempotent")
