"""The project itself as a Django app: commands, templates, texts."""

from django.apps import AppConfig


class GovernanceConfig(AppConfig):
    """Wiring."""

    name = "governance"
    verbose_name = "Custode"

    def ready(self) -> None:
        """Connect the log to Django's signals of logins, and messages to the links of people."""
        from crm.conversations import own_links
        from dsar import links
        from governance.portal import logins  # noqa: F401 - importing registers

        own_links.WRITERS.append(links.again)
