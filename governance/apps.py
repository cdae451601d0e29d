"""The project itself as a Django app: commands, templates, texts."""

from django.apps import AppConfig


class GovernanceConfig(AppConfig):
    """Wiring."""

    name = "governance"
    verbose_name = "Custode"

    def ready(self) -> None:
        """Connect logins to the log, and what people are sent and ask for to who does it."""
        from crm.conversations import own_links
        from dsar import intake, links
        from governance import ends  # noqa: F401 - importing registers its check
        from governance.portal import logins  # noqa: F401 - importing registers
        from governance.public import doors, own_invitation

        doors.enter()
        own_links.WRITERS.append(links.again)
        links.PAGES[links.Kind.OWN] = "own_page"
        intake.TAKEN_BY[intake.Kind.VISIT] = own_invitation.invite
