"""What an agent meets at the desk, and the addresses of its pages by name."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.urls import reverse
from django.utils import timezone

from crm.conversations import calls, scripts
from crm.help import operations as articles
from crm.help.operations import NewArticle
from crm.loyalty import ledger, tiers
from crm.models import SurveyAnswer
from crm.sales import opportunities
from crm.sales.opportunities import Hope
from crm.service import complaints, improvements
from crm.service import operations as cases
from crm.service.improvements import NewImprovement
from crm.workflows import versions
from governance.policy.cases import CaseKind
from governance.policy.vocabulary import Channel, ConsentState, Operation, Role
from registry import merging, operations, resembling
from registry.gate import opening as gate
from tests.builders import Company, a_consent, a_person, an_interaction
from tests.crm.articles import LAMP, LAMP_EN, OTHERS
from tests.crm.conversing import hear
from tests.crm.loyal import TIERS, a_member, a_programme, bought
from tests.crm.webforms import a_form

QUICK = [TIERS[0], {**TIERS[1], "days": 0}]
PASSWORD, COLLEAGUE = "a long enough password", "acme-colleague"
PLAIN = (
    "home", "inbox", "board", "search", "purpose", "keyboard", "cases", "articles", "article_new",
    "figures", "visits", "segments", "segment_new", "companies", "company_new", "workflows",
    "texts", "web_forms", "scripts", "sales", "complaints",
)  # fmt: skip


def pages(company: Company, now: datetime) -> dict[str, str]:
    """Make what the pages show; return their addresses."""
    sara = _sara(company, now)
    mail = "sara.conti@example.it"
    asked = hear(company, "email", "Buongiorno, il paralume è arrivato rotto.", sender=mail, at=now)
    thread = reverse("desk:conversation", args=[asked.conversation])
    shown = {name: reverse(f"desk:{name}") for name in PLAIN}
    return (
        shown
        | _service(company, sara, now)
        | {
            "person": reverse("desk:person", args=[sara]),
            "person-orders": f"{reverse('desk:person', args=[sara])}?show=order",
            "next": reverse("desk:next", args=[sara]),
            "member": reverse("desk:member", args=[sara]),
            "member-with-points": reverse("desk:member", args=[_a_member(company, now)]),
            "offers-of-the-desk": reverse("desk:offers"),
            "write": reverse("desk:write", args=[sara]),
            "write-closed": f"{reverse('desk:write', args=[sara])}?channel=sms&for=lead_management",
            "call": reverse("desk:call", args=[sara]),
            "call-held": reverse("desk:call_held", args=[sara, _a_call(company, sara, now)]),
            "visit-plan": reverse("desk:visit_plan", args=[sara]),
            "relation": reverse("desk:relation", args=[sara]),
            "conversation": thread,
            "duplicates": reverse("desk:duplicates"),
            "duplicate": reverse("desk:duplicate", args=[_a_pair(company, now)]),
            "seek-duplicates": reverse("desk:seek-duplicates", args=[sara]),
        }
    )


def _a_call(company: Company, sara: UUID, now: datetime) -> UUID:
    """A call of hers that was noted and not recorded yet, and the script for calls."""
    body = "Buongiorno, parla con l'assistenza. La chiamata può essere registrata se è d'accordo."
    scripts.write(
        "benvenuto", "Benvenuto", body, language="it", by=company.staff[Role.MANAGER], now=now
    )
    with gate.open(
        company.actor(Role.AGENT), "customer_care", Operation.CREATE, subjects=sara, now=now
    ) as access:
        heard = calls.heard(access, sara, purpose="customer_care", reason="Paralume rotto")
        calls.log_call(
            access, heard, calls.Outcome("reached", 240, words="Ne arriva un altro"), at=now
        )
    return heard


def _a_member(company: Company, now: datetime) -> UUID:
    """Somebody with points, a reward and a tier, and the programme they are in."""
    programme = a_programme(company, now=now)
    before, today = now - timedelta(minutes=1), timezone.localdate(now)
    lea = a_person(company, given="Lea", family="Galli", now=before, orders=[today])
    a_member(company, lea, now=now - timedelta(seconds=1))
    bought(company, lea, "G-2", "180.00", now=now)
    ledger.earn(programme, now=now)
    ledger.redeem(company.actor(Role.AGENT), lea, "bag", now=now)
    later = now + timedelta(seconds=1)
    tiers.renew(a_programme(company, now=now, tiers=QUICK), now=later)
    return lea


def _a_pair(company: Company, now: datetime) -> UUID:
    """Two records of a customer, the second with her names the other way round."""
    today = timezone.localdate(now)
    names = (("Lucia", "Fontana"), ("Fontana", "Lucia"))
    one, _other = (
        a_person(
            company, given=given, family=family, email="lucia@example.it", now=now, orders=[today]
        )
        for given, family in names
    )
    with gate.open(
        company.actor(Role.AGENT), "customer_care", Operation.UPDATE,
        subjects=resembling.candidates(one), now=now,
    ) as access:  # fmt: skip
        (pair,) = merging.propose(access, one).proposed
    return pair


def _sara(company: Company, now: datetime) -> UUID:
    """A customer with orders, messages and a consent to one channel; she said no to another."""
    today = timezone.localdate(now)
    sara = a_person(
        company, given="Sara", family="Conti", phone="+39 347 555 0188", now=now,
        orders=[today - timedelta(days=90), today - timedelta(days=9)],
    )  # fmt: skip
    an_interaction(company, sara, body="Buongiorno, il paralume è arrivato rotto.", at=now)
    an_interaction(
        company, sara, body="Gentile Sara, ne spediamo uno nuovo.", at=now, direction="out"
    )
    with gate.open(
        company.actor(Role.AGENT), "customer_care", Operation.CREATE, subjects=sara, now=now
    ) as access:
        hope = Hope("Tre lampade per lo studio", Decimal("420.00"), expected_on=today)
        opportunities.open_one(access, sara, hope, by=None)
    a_consent(company, sara, at=now)
    a_consent(company, sara, channel=Channel.SMS, state=ConsentState.REFUSED, at=now)
    return sara


def _complaints(company: Company, sara: UUID, now: datetime) -> None:
    """Complaints that jump this week, what Sara thinks of us, and an improvement."""
    agent = company.staff[Role.AGENT]
    theme = complaints.name_theme(agent, title_it="Arrivato rotto", title_en="Came broken").key
    with gate.open(
        agent.actor(), "customer_care", Operation.CREATE, subjects=sara, now=now
    ) as access:
        for score in (4, 5, 5, 3, 4):
            new_case = cases.NewCase("Paralume rotto", kind=CaseKind.COMPLAINT, theme=theme)
            case = cases.open_case(access, new_case, subject=sara, purpose="customer_care")
            cases.solve(access, case.pk, solution="Spedito di nuovo")
            SurveyAnswer(
                controller=company.controller, subject_id=sara, case=case, asks="csat",
                score=score, answered_on=timezone.localdate(now),
            ).save()  # fmt: skip
    due = timezone.localdate(now) + timedelta(days=20)
    begun = NewImprovement(
        "customer_care", "Imballo doppio", agent.pk, due, theme, before=Decimal("0.6")
    )
    improvements.begin(begun, by=agent, now=now)


def _service(company: Company, sara: UUID, now: datetime) -> dict[str, str]:
    """Articles in both languages, one being written, a case of Sara's, and a colleague."""
    agent, manager = company.staff[Role.AGENT], company.staff[Role.MANAGER]
    operations.hire(
        controller=company.controller, username=COLLEAGUE, role=Role.AGENT, password=PASSWORD,
        now=now,
    )  # fmt: skip
    for language, text in (("it", LAMP), ("en", LAMP_EN)):
        new = NewArticle(text, language, slug="lampada")
        article = articles.begin(new, by=agent, now=now).article_id
        articles.submit(article, by=agent, now=now)
        articles.publish(article, by=manager, now=now)
    draft = articles.begin(NewArticle(OTHERS[3], "it"), by=agent, now=now).article_id
    _complaints(company, sara, now)
    with gate.open(
        agent.actor(), "customer_care", Operation.CREATE, subjects=sara, now=now
    ) as access:
        new_case = cases.NewCase("La lampada non si accende", kind=CaseKind.FAULT)
        case = cases.open_case(access, new_case, subject=sara, purpose="customer_care").pk
    workflow = versions.load_recipes(by=company.staff[Role.SALES], now=now)[2]
    form = a_form(company, now=now)
    return {
        "workflow": reverse("desk:workflow", args=[workflow.pk]),
        "web-form": reverse("desk:web_form", args=[form.pk]),
        "article": reverse("desk:article", args=[draft]),
        "case": reverse("desk:case", args=[sara, case]),
        "case-new": reverse("desk:case_new", args=[sara]),
    }
