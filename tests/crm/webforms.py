"""A public form with two boxes, as a company may have one."""

from datetime import datetime

from crm.acquisition import webforms
from crm.acquisition.webforms import Asking
from crm.models import WebForm
from governance.policy.vocabulary import Role
from tests.builders import NOW, Company

BOXES = (
    {"purpose": "newsletter", "channel": "email", "text_it": "Scrivetemi le novità per e-mail",
     "text_en": "Send me news by e-mail"},
    {"purpose": "newsletter", "channel": "phone", "text_it": "Chiamatemi per le novità",
     "text_en": "Call me with news"},
)  # fmt: skip
ASKING = Asking(
    "Parliamone", "Let us talk", ["given_name", "family_name", "email", "message"],
    ["email"], BOXES,
)  # fmt: skip


def a_form(
    company: Company, asking: Asking = ASKING, slug: str = "contatto", *, now: datetime = NOW
) -> WebForm:
    drafted = webforms.draft(
        slug, asking, purpose=company.purpose("lead_management"), by=company.staff[Role.SALES],
        now=now,
    )  # fmt: skip
    return webforms.approve(drafted, by=company.staff[Role.DPO], now=now)
