"""What marketing meets at the desk: a segment, a campaign being drafted, and one that was sent."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils import timezone

from crm.analysis import extract, nightly
from crm.campaigns import operations, sending
from crm.campaigns.operations import NewCampaign
from crm.models import Campaign
from crm.offers import operations as offers
from crm.offers import ranking
from crm.offers.operations import NewOffer
from crm.scores import running as scoring
from crm.segments import operations as segments
from crm.segments.operations import NewSegment
from crm.workflows.versions import Titles
from governance.policy.offering import OfferKind
from governance.policy.vocabulary import Role
from tests.builders import Company, a_consent, a_person
from tests.crm.campaigning import EVERYBODY, block, definition, steps

PURPOSE = "profiling"


def pages(company: Company, now: datetime) -> dict[str, str]:
    """Make two campaigns; return the addresses of their pages by name."""
    marketing, manager = company.staff[Role.MARKETING], company.staff[Role.MANAGER]
    for number in range(6):
        one = a_person(company, given="Rita", orders=[timezone.localdate(now)], now=now)
        a_consent(company, one, purpose=PURPOSE, at=now)
        if number:
            a_consent(company, one, at=now)
    extract.draw(marketing.actor(), PURPOSE, since=nightly.since(now), now=now)
    new = NewSegment("clienti", Titles("Clienti di Milano", "Customers"), PURPOSE, EVERYBODY)
    segment = segments.draft(new, by=marketing, now=now).pk
    segments.approve(segment, by=manager, now=now)
    said: dict[str, Any] = {
        "purpose": "newsletter", "segment": segment, "budget": Decimal(250), "held_out": 10,
    }  # fmt: skip
    texts = steps("Gentile {name}, la primavera arriva.", "Il suo buono è {code}.")
    texts[0]["blocks"].append(block("Per chi ama il vino", interest="vino"))
    plan = definition(steps=texts)
    kept = NewCampaign("primavera", Titles("Primavera", "Spring"), definition=plan, **said)
    begun = NewCampaign("estate", Titles("Estate", "Summer"), definition=plan, **said)
    draft = operations.draft(kept, by=marketing, now=now)
    sent = operations.draft(begun, by=marketing, now=now)
    operations.approve(sent.pk, by=manager, now=now)
    running = Campaign.objects.select_related("segment__purpose", "purpose").get(pk=sent.pk)
    sending.run(running, now=now)
    for number, kind in enumerate(OfferKind):
        new = NewOffer(
            f"luce-{number}", Titles("Lampadine", "Bulbs"), ["luce", "casa"],
            timezone.localdate(now), kind=kind,
            texts=Titles("Tre al prezzo di due", "Three for two"),
        )  # fmt: skip
        made = offers.draft(new, by=marketing, now=now)
    offers.approve(made.pk, by=manager, now=now)
    for compute in (scoring.run_churn, ranking.run):
        compute(marketing.actor(), PURPOSE, since=nightly.since(now), now=now)
    return {
        "loyalty": reverse("desk:loyalty"), "offers": reverse("desk:offers"),
        "offer-new": reverse("desk:offer_new"), "scores": reverse("desk:scores"),
        "campaigns": reverse("desk:campaigns"), "campaign-new": reverse("desk:campaign_new"),
        "campaign-draft": reverse("desk:campaign", args=[draft.pk]),
        "campaign-sent": reverse("desk:campaign", args=[sent.pk]),
        "workflow-new": reverse("desk:workflow_new"), "text-new": reverse("desk:text_new"),
        "web-form-new": reverse("desk:web_form_new"),
        "portfolio": reverse("desk:portfolio"),
        "segments-of-marketing": reverse("desk:segments"),
        "segment-new-of-marketing": reverse("desk:segment_new"),
    }  # fmt: skip
