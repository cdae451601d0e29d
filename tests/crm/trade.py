"""One row in every table of trade, sales and workflows, about the person of an order."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from crm.models import (
    ActionChoice,
    AnalyticExtract,
    AnalyticRow,
    BirthdayGreeting,
    Campaign,
    CampaignEvent,
    CampaignRecipient,
    CustomerTier,
    LoyaltyAccount,
    LoyaltyLine,
    LoyaltyProgramme,
    LoyaltyTierChange,
    Opportunity,
    OpportunityMove,
    Order,
    OrderLine,
    Quote,
    QuoteLine,
    ReferralLink,
    Score,
    ScoreRun,
    Segment,
    SegmentMember,
    Shipment,
    ShipmentLine,
    Task,
    WebForm,
    Workflow,
    WorkflowRun,
    WorkflowStep,
)
from governance.policy.vocabulary import Role
from registry.gate.access import Access
from registry.models import SubjectRow
from tests.builders import NOW, Company


def everything(
    company: Company, access: Access, order: Order, *, marked: Callable[[SubjectRow], None]
) -> None:
    """Write the rows; `marked` fills what is sealed and saves."""
    today = order.ordered_on
    base: dict[str, Any] = {
        "controller_id": company.controller.pk, "subject_id": order.subject_id,
        "collected_at": access.now,
    }  # fmt: skip
    line = OrderLine(**base, order=order, quantity=1, unit_price=Decimal(1), bought_on=today)
    shipment = Shipment(**base, order=order, shipped_on=today)
    sale = Opportunity(**base, amount=Decimal(9), probability=10, moved_on=today)
    quote = Quote(
        **base, opportunity=sale, number=f"Q-{order.subject_id}", quoted_on=today,
        valid_until=today, total=Decimal(9),
    )  # fmt: skip
    run = WorkflowRun(
        **base, workflow=_workflow(company), about_kind="order", about=order.pk,
        started_at=access.now,
    )  # fmt: skip
    recipient = CampaignRecipient(
        **base, campaign=_campaign(company), campaign_key="every-table", entered_at=access.now,
        code=order.pk.hex[-12:],
    )  # fmt: skip
    account = LoyaltyAccount(**base, programme=_programme(company), joined_at=access.now)
    for row in (
        line, shipment, ShipmentLine(**base, shipment=shipment, line=line, shipped_on=today, quantity=1),
        sale, OpportunityMove(**base, opportunity=sale, stage="new", at=access.now), quote,
        QuoteLine(**base, quote=quote, quoted_on=today, quantity=1, unit_price=Decimal(9)),
        Task(**base, do_by=today), run,
        WorkflowStep(**base, run=run, position=0, action="wait", outcome="waited", at=access.now),
        CustomerTier(**base, computed_on=today, recency=5, frequency=1, monetary=1, tier="new"),
        AnalyticRow(**base, extract=_extract(company), drawn_on=today),
        Score(
            **base, run=_score_run(company), score_kind="churn", logic="rule", value=1,
            computed_on=today, expires_on=today,
        ),
        ActionChoice(
            **base, next_action="offer", choice="declined", chosen_on=today,
            chosen_by=company.staff[Role.MARKETING],
        ),
        recipient,
        CampaignEvent(
            **base, campaign=recipient.campaign, recipient=recipient, response="sent",
            happened_at=access.now, external_id=f"sent:{order.pk}",
        ),
        SegmentMember(
            **base, segment=_segment(company), segment_key="every-table", frozen_on=today
        ),
        account,
        LoyaltyLine(
            **base, account=account, line_kind="earned", points=1, balance=1,
            written_at=access.now, reference=f"order:{order.pk}",
        ),
        LoyaltyTierChange(
            **base, account=account, programme=account.programme, tier="base", changed_on=today,
            points=1, member_days=0,
        ),
        BirthdayGreeting(**base, year=today.year, greeted_on=today),
        ReferralLink(
            **base, form=_form(company), digest=order.subject_id.bytes, expires_on=today
        ),
    ):  # fmt: skip
        marked(row)


def _programme(company: Company) -> LoyaltyProgramme:
    return LoyaltyProgramme.objects.get_or_create(
        controller=company.controller, number=1,
        defaults={
            "title_it": "Prova", "title_en": "Trial", "definition": {}, "terms_it": "x",
            "terms_en": "x", "purpose": company.purpose("loyalty"),
            "drafted_by": company.staff[Role.SALES],
        },
    )[0]  # fmt: skip


def _extract(company: Company) -> AnalyticExtract:
    return AnalyticExtract.objects.get_or_create(
        controller=company.controller, purpose=company.purpose("profiling"),
        defaults={"drawn_at": NOW, "since": NOW.date()},
    )[0]  # fmt: skip


def _campaign(company: Company) -> Campaign:
    return Campaign.objects.get_or_create(
        controller=company.controller, key="every-table",
        defaults={
            "title_it": "Prova", "title_en": "Trial", "definition": {}, "budget": 1,
            "purpose": company.purpose("newsletter"), "segment": _segment(company),
            "drafted_by": company.staff[Role.SALES],
        },
    )[0]  # fmt: skip


def _segment(company: Company) -> Segment:
    return Segment.objects.get_or_create(
        controller=company.controller, key="every-table",
        defaults={
            "title_it": "Prova", "title_en": "Trial", "definition": {}, "variables": [],
            "purpose": company.purpose("profiling"), "drafted_by": company.staff[Role.SALES],
        },
    )[0]  # fmt: skip


def _score_run(company: Company) -> ScoreRun:
    return ScoreRun.objects.get_or_create(
        controller=company.controller, purpose=company.purpose("profiling"), score_kind="churn",
        defaults={"logic": "rule", "ran_at": NOW, "since": NOW.date()},
    )[0]  # fmt: skip


def _workflow(company: Company) -> Workflow:
    return Workflow.objects.get_or_create(
        controller=company.controller, key="every-table",
        defaults={
            "title_it": "Prova", "title_en": "Trial", "definition": {},
            "drafted_by": company.staff[Role.SALES],
        },
    )[0]  # fmt: skip


def _form(company: Company) -> WebForm:
    return WebForm.objects.get_or_create(
        controller=company.controller, slug="every-table",
        defaults={
            "title_it": "Prova", "title_en": "Trial", "fields": ["email"],
            "purpose": company.purpose("lead_management"), "drafted_by": company.staff[Role.SALES],
        },
    )[0]  # fmt: skip
