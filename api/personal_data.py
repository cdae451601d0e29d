"""The data map of the API: systems, not people."""

from registry.datamap import Holding, NotPersonal

SYSTEM = NotPersonal(because="describes a connected system")

DATA_MAP = [
    Holding(
        model="api.ApiToken",
        subject="",
        isolated=False,
        open_because="needed to authenticate, before any access can be opened",
        fields=dict.fromkeys(
            (
                "id",
                "controller",
                "name",
                "role",
                "purposes",
                "secret_hash",
                "issued_by",
                "issued_at",
                "expires_at",
                "revoked_at",
            ),
            SYSTEM,
        ),
    ),
    Holding(
        model="api.ClientSecret",
        subject="",
        isolated=False,
        open_because="needed to authenticate, before any access can be opened",
        fields=dict.fromkeys(
            ("id", "controller", "client", "secret_hash", "made_at", "ends_at"), SYSTEM
        ),
    ),
    Holding(
        model="api.IdempotentWrite",
        subject="",
        isolated=False,
        open_because="random identifiers and digests",
        fields={
            name: NotPersonal(because="random identifiers, digests and states")
            for name in (
                "id",
                "controller",
                "token",
                "key",
                "request_digest",
                "resource",
                "status",
                "made_at",
            )
        },
    ),
]
