"""What an agent meets at the desk, and the addresses of its pages by name."""

from datetime import datetime

from django.urls import reverse

from tests.builders import Company


def pages(company: Company, now: datetime) -> dict[str, str]:
    """Make what the pages show; return their addresses."""
    return {name: reverse(f"desk:{name}") for name in ("home", "purpose", "keyboard")}
