"""Every address of the service with things behind it, and who may ask for it."""

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import orjson
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.http.response import HttpResponseBase
from django.urls import ResolverMatch, URLPattern, URLResolver, get_resolver
from django.utils import timezone

from api import clients
from api.models import ApiToken
from audit import coverage, log
from audit.actions import Action
from crm.conversations import calls, recordings
from crm.help import operations as articles
from crm.help.operations import NewArticle, Text
from crm.imports import landing, staging
from crm.models import Order
from crm.people import accounts
from crm.sales import opportunities, todo
from crm.sales.opportunities import Hope
from crm.service import improvements, survey, visits
from crm.service import operations as cases
from crm.service.improvements import NewImprovement
from crm.service.operations import NewCase
from crm.service.visits import NewVisit
from crm.workflows import versions
from dsar import (
    access_right,
    certificate,
    erasure_right,
    holidays,
    identity_evidence,
    intake,
    letter_drafts,
    notice,
    requests,
    timekeeping,
)
from dsar.attachments import keeping
from dsar.identity import Requester
from dsar.mail import receiving
from dsar.models import ErasureCertificate, SubjectRequest
from governance.policy.actors import Actor
from governance.policy.breaches import BreachRisk, Cause, Nature
from governance.policy.cases import SurveyMode
from governance.policy.categories import Category
from governance.policy.provisions import Parameter
from governance.policy.vocabulary import Channel, Duty, Operation, Role, SubjectKind
from registry import (
    breaches,
    consent,
    impact,
    merging,
    notices,
    operations,
    provisions,
    resembling,
    restriction,
    screening,
)
from registry.gate import emergency
from registry.gate import opening as gate
from registry.models import (
    ActivityVersion,
    Breach,
    ConsentStanding,
    Finding,
    ImpactAssessment,
    ProcessingOnBehalf,
)
from retention import holds, queries, recipients
from retention import operations as retention
from retention.models import Notification, RetentionRun
from tests.api.world import World
from tests.builders import Company, a_consent, a_person
from tests.crm.conversing import hear
from tests.crm.webforms import a_form
from tests.dsar.certificates import the_facts
from tests.dsar.mails import a_mail
from tests.dsar.others import read_all

PATTERNS = {
    "account_confirm_email": "accounts/confirm-email/x/",
    "account_reset_password_from_key": "accounts/password/reset/key/1-x/",
    "admin:app_list": "admin/registry/",
    "admin:django.contrib.admin.sites.catch_all_view": "admin/nowhere/",
    "api.v1.problems.NowhereView": "api/v1/nowhere/",
}
"""An address for each route that is a regular expression."""

FILE = b"Nome;Cognome;Email\nAnna;Bianchi;anna.bianchi@example.it\n"
ALIASES = ("default", "keys")
QUESTION = {"ground": "identity_doubt", "question": "Who are you?"}
NOBODY = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True)
class Place:
    """One route of the URL configuration; `name` is what Django calls its view."""

    name: str
    route: str

    @property
    def is_api(self) -> bool:
        return self.route.startswith("api/")

    @property
    def parameters(self) -> list[str]:
        return re.findall(r"<(?:\w+:)?(\w+)>", self.route)


def places() -> list[Place]:
    """Every route there is."""
    return list(_walk(get_resolver().url_patterns, "", ()))


def _walk(
    patterns: list[URLPattern | URLResolver], route: str, spaces: tuple[str, ...]
) -> Iterator[Place]:
    for pattern in patterns:
        here = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inside = (*spaces, pattern.namespace) if pattern.namespace else spaces
            yield from _walk(pattern.url_patterns, here, inside)
        else:
            match = ResolverMatch(pattern.callback, (), {}, pattern.name, namespaces=list(spaces))
            yield Place(match.view_name, here)


@dataclass
class Things:
    """What is behind the addresses: an id by the beginning of a route, up to the first parameter."""

    objects: dict[str, str] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)
    own: dict[str, dict[str, str]] = field(default_factory=dict)
    posted: dict[str, dict[str, Any]] = field(default_factory=dict)

    def address(self, place: Place, *, known: bool) -> str:
        """The address of a place; a route without a thing behind it fails here."""
        if "(?P<" in place.route or "^" in place.route:
            return "/" + PATTERNS[place.name]
        first = place.route.split("<")[0]

        def value(found: re.Match[str]) -> str:
            name = found[1]
            own = self.own.get(place.name, {}).get(name) or (
                self.objects[first] if name == "object_id" else self.others[name]
            )
            return own if known else _unknown(name, own)

        return "/" + re.sub(r"<(?:\w+:)?(\w+)>", value, place.route)

    def said(self, place: Place) -> dict[str, Any]:
        """What a form of the place sends; a file anew each time, since it is read."""
        sent = self.posted.get(place.name, {})
        return {name: value() if callable(value) else value for name, value in sent.items()}


def _unknown(name: str, own: str) -> str:
    try:
        UUID(own)
    except ValueError:
        return "0" if own.isdigit() else f"no-{name}"
    return NOBODY


def a_scene(company: Company, now: datetime) -> Things:
    """Make one of everything that has an address."""
    anna = a_person(company, now=now, orders=[now.date()])
    intake.publish_key(company.controller.pk, now=now)
    things = Things()
    _people(things, company, anna, now)
    _register(things, company, now)
    _house(things, company, now)
    _emergency(things, company, now)
    _notices(things, company, now)
    _service(things, company, now)
    short = {
        "register": "registry/activityversion", "sources": "registry/datasource",
        "findings": "registry/finding", "requests": "dsar/subjectrequest",
        "retention": "retention/retentionrun", "imports": "crm/importbatch",
        "staff": "registry/staff", "tokens": "api/apitoken",
        "notices": "retention/notification", "assessments": "registry/impactassessment",
        "breaches": "registry/breach", "emergency": "registry/emergencyaccess",
    }  # fmt: skip
    for name, model in short.items():
        things.objects[f"admin/{name}/"] = things.objects[f"admin/{model}/"]
    return things


def _people(things: Things, company: Company, anna: UUID, now: datetime) -> None:
    """Requests of a person and of a stranger, with all that comes of them."""
    dpo = company.actor(Role.DPO)
    heard = hear(company, "email", "Ciao", sender="anna.bianchi@example.it", at=now)
    done = _asked(company, anna, "access", now)
    read_all(company, done, now=now)
    package = access_right.fulfil(done.pk, dpo, now)
    today = timezone.localdate(now).isoformat()
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.READ, subjects=anna, now=now
    ) as access:
        order = access.rows(Order).get().pk
    things.own = {
        "admin:request_copy": {"object_id": _read(company, anna, now)},
        "admin:request_others": {"object_id": _read(company, anna, now)},
        "admin:request_act": {"object_id": str(_asked(company, anna, "access", now).pk)},
        "admin:request_attach": {"object_id": str(_asked(company, None, "access", now).pk)},
        "admin:erasure_carry_out": _erasure(company, "Ugo", now),
        "admin:erasure_second": _erasure(company, "Pia", now),
        "admin:certificate": _erasure(company, "Carla", now),
    }
    waits = _asked(company, anna, "access", now).pk
    timekeeping.ask(waits, **QUESTION, sent_on=timezone.localdate(now), by=dpo, now=now)
    things.own["admin:request_answered"] = {"object_id": str(waits)}
    text = {"key": "question.specification_asked", "language": "en"}
    written = letter_drafts.write(
        **text, text="{where}, or only {which_part}?", by=company.staff[Role.LEGAL], now=now
    )
    things.own |= {
        "admin:letter_draft": text,
        "admin:letter_draft_approve": {"object_id": str(written.pk)},
    }
    for_other = _asked(company, anna, "access", now).pk
    paper = identity_evidence.take_in(
        for_other, "mandate", b"%PDF-", was_asked=False, by=dpo, now=now
    )  # fmt: skip
    things.own["admin:request_who"] = {"object_id": str(for_other)}
    _certify(dpo, UUID(things.own["admin:certificate"]["erasure_id"]), now)
    for form in ("pdf", "archive", "hand_over"):
        things.own[f"admin:certificate_{form}"] = things.own["admin:certificate"]
    things.objects["admin/mails/"] = str(_mail(company, "one", now))
    things.objects["admin/files/"] = str(_file(done, dpo, now))
    things.own["admin:file_destroy"] = {"object_id": str(_file(done, dpo, now))}
    sales = _of_sales(company, anna, now)
    erasure_of = _asked(company, anna, "erasure", now)
    erasure = erasure_right.plan(erasure_of.pk, dpo, now)  # last: what comes after makes it stale
    things.objects["admin/dsar/subjectrequest/"] = str(erasure_of.pk)
    rita = a_person(company, given="Rita", now=now)
    a_consent(company, rita, at=now)
    told_at = now - timedelta(hours=1)
    with gate.duty(dpo, Duty.ANSWERING, subjects=rita, reference=rita, now=now) as duty:
        placed, told = (
            restriction.place(duty, subject=rita, ground="a", at=now - timedelta(hours=2))
            for _ in range(2)
        )
        restriction.announce(duty, told.pk, at=told_at, how="email", evidence="Letter")
        given = ConsentStanding.objects.filter(subject=rita).get().pk
    things.objects["admin/people/"] = str(rita)
    one, _other = (a_person(company, given="Dina", orders=[now.date()], now=now) for _ in range(2))
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.UPDATE,
        subjects=resembling.candidates(one), now=now,
    ) as duplicates:  # fmt: skip
        (merge,) = merging.propose(duplicates, one).proposed
    things.own["web_form"] = {"form": a_form(company, now=now).slug}
    things.own["admin:restriction_lift"] = {"restriction_id": str(told.pk)}
    things.others = {
        "conversation": str(heard.conversation),
        "content_type_id": "1", "erasure_id": str(erasure.pk), "package_id": str(package.pk),
        "document_id": str(paper.pk),
        "restriction_id": str(placed.pk), "contact": str(anna), "order": str(order),
        **sales,
        "merge": str(merge), "person": str(anna),
        "request_id": str(done.pk),
        "code": "not_found", "company": company.controller.slug, "right": "access",
        "receipt": str(_receipt(dpo, now)),
        "token": "x", "book": "dpo", "name": "audit",
        "entry_id": str(access.receipt.id), "number": "a7551968-d5d6-44b2-9831-815ac9017798",
    }  # fmt: skip
    words = {"ground": "complexity", "reasons": "Many letters."}
    things.posted |= {
        "admin:mail_decide": {"act": "decline", "reason": "business"},
        "admin:request_file": {"file": lambda: SimpleUploadedFile("nota.txt", b"ciao")},
        "admin:request_new": {
            "right": "access", "received_on": today, "channel": "email", "language": "en",
            "name": "Ugo Neri", "email": "ugo.neri@example.it",
        },
        "admin:restriction_announce": {
            "at": timezone.localtime(told_at).strftime("%Y-%m-%dT%H:%M"), "how": "email",
            "evidence": "Letter of today",
        },
        "admin:person_withdraw": {"what": str(given), "how": "phone"},
        "admin:request_identify": {"level": "account"},
        "admin:request_attach": {"subject": str(anna)},
        "admin:request_others": {"do": "keep"},
        "admin:request_who": {"act": "note", "kind": "mandate", "name": "Anna Bianchi"},
        "admin:person_after": {
            "act": "prohibit", "rights": ["access"], "statement": "Nobody.", "said_on": today,
            "is_free_and_informed": "on",
        },
        "admin:request_refuse": {**words, "ground": "excessive"},
        "admin:request_act": {
            "act": "part", "record": "crm.Contact", "ground": "trade_secret", "reasons": "A claim.",
        },
        "admin:letter_draft": {"text": "{where}, all of it, or {which_part}?"},
        "admin:request_extend": {**words, "notice_sent_on": today},
        "admin:request_ask": {**QUESTION, "sent_on": today},
        "admin:request_answered": {"answered_on": today},
        "admin:request_correct": {
            "received_on": str(timezone.localdate(now) - timedelta(days=1)), "evidence": "Postmark",
        },
        "admin:erasure_approve": {"typed": erasure_of.reference, "plan_hash": erasure.plan_hash},
        "admin:erasure_second": {"plan_hash": things.own["admin:erasure_second"]["plan_hash"]},
    }  # fmt: skip


def _read(company: Company, anna: UUID, now: datetime) -> str:
    """A request for a copy whose texts were read for what they say of others."""
    request = _asked(company, anna, "access", now)
    read_all(company, request, now=now)
    return str(request.pk)


def _mail(company: Company, name: str, now: datetime) -> UUID:
    """A mail that waits."""
    mail = a_mail(message_id=f"<{name}@example.it>", at=now)
    taken = receiving.receive(company.controller.pk, mail.as_bytes(), now=now)
    assert taken is not None
    return taken


def _file(request: SubjectRequest, by: Actor, now: datetime) -> UUID:
    return keeping.add(request.pk, "a.txt", io.BytesIO(b"ciao"), size=4, by=by, now=now).pk


def _receipt(actor: Actor, now: datetime) -> log.Receipt:
    return log.record_apart(actor, log.Event(Action.LOG_VERIFIED, "access_logging"), now=now)


def _erasure(company: Company, given: str, now: datetime) -> dict[str, str]:
    """An erasure of somebody that another DPO approved and nobody carried out."""
    dpo, person = company.actor(Role.DPO), a_person(company, given=given, now=now)
    first = operations.hire(
        controller=company.controller, username=f"acme-{given}", role=Role.DPO, password=None,
        now=now,
    ).actor()  # fmt: skip
    request = _asked(company, person, "erasure", now)
    planned = erasure_right.plan(request.pk, dpo, now)
    erasure_right.approve(planned.pk, first, shown=planned.plan_hash, now=now)
    return {
        "object_id": str(request.pk),
        "erasure_id": str(planned.pk),
        "plan_hash": planned.plan_hash,
    }


def _certify(dpo: Actor, erasure: UUID, now: datetime) -> None:
    """A certificate of facts made up: nobody signs the log here, so nothing is carried out."""
    body = certificate.body(the_facts())
    with gate.duty(dpo, Duty.ERASING, reference=erasure, now=now):
        ErasureCertificate.objects.create(
            controller_id=dpo.controller, erasure_id=erasure, round=1, body=body, receipt=""
        )


def _register(things: Things, company: Company, now: datetime) -> None:
    """What the register holds, with a draft, a question of discovery and a preview."""
    dpo, controller = company.staff[Role.DPO], company.controller
    finding = Finding.objects.create(
        controller=controller, place="x", category="name", kind="free_text"
    )
    group = {"place": "y", "category": "email", "kind": "free_text"}
    drawn = {**group, "place": "z"}
    for one in (group, drawn):
        Finding.objects.create(controller=controller, **one)
    unread = ActivityVersion.objects.filter(controller=controller)[4]
    version, other, ended, spare = ActivityVersion.objects.filter(controller=controller)[:4]
    draft = operations.redraft(version=version, by=company.staff[Role.LEGAL], now=now)
    things.own |= {
        "admin:activity_redraft": {"object_id": str(other.pk)},
        "admin:activity_review": {"object_id": str(other.pk)},
        "admin:activity_retire": {"object_id": str(ended.pk)},
        "admin:activity_discard": {
            "object_id": str(operations.redraft(version=spare, by=dpo, now=now).pk)
        },
    }
    rule = screening.enter(place="crm.Interaction", category=Category.HEALTH, by=dpo, now=now)
    things.own["admin:text_rule_end"] = {"object_id": str(rule.pk)}
    assessment, breach = _assessment(company, version, now), _breach(company, now)
    advised = _assessment(company, spare, now)
    impact.advise(assessment=advised, advice="x", by=dpo, now=now)
    things.own["admin:assessment_conclude"] = {"object_id": str(advised.pk)}
    run = retention.preview(dpo.actor(), now=now)
    approved, declined = (retention.preview(dpo.actor(), now=now) for _ in range(2))
    for one in (approved, declined):
        retention.approve(one, company.staff[Role.LEGAL], now=now)
    RetentionRun.objects.filter(pk=declined.pk).update(state="waiting")
    hold = holds.place(
        company.staff[Role.LEGAL], a_person(company, given="Ada", now=now),
        ground=holds.HoldGround.LEGAL_CLAIM, reason="x", now=now,
        review_on=timezone.localdate(now) + timedelta(days=90),
    )  # fmt: skip
    things.objects["admin/holds/"] = str(hold)
    things.own["admin:retention_second"] = {"object_id": str(approved.pk)}
    things.own["admin:retention_decline"] = {"object_id": str(declined.pk)}
    things.own["admin:retention_rows"] = {"which": "kept"}
    carrier = controller.recipients.get(name="Corriere")
    notice = Notification(
        controller=controller, job=run.pk, round_no=1, pass_no=1, recipient=carrier,
        categories=["email"], created_at=now, state="manual", status="no_endpoint",
    )  # fmt: skip
    notice.blob = recipients.sealed(notice, "blob", b'["DEST-88"]')
    notice.save()
    recipient = {
        "name": "Stampatore", "role": "processor", "category_it": "Stampa",
        "category_en": "Printers", "country": "IT", "transfers-TOTAL_FORMS": 0,
        "transfers-INITIAL_FORMS": 0,
    }  # fmt: skip
    principal = {
        "principal": "Altra S.p.A.", "principal_contact": "privacy@altra.example",
        "processing_it": "Assistenza", "processing_en": "Support",
    }  # fmt: skip
    for_other = ProcessingOnBehalf.objects.create(
        controller=controller, **{**principal, "principal": "Terza S.p.A."}
    )
    principal |= {
        "third_country_transfers-TOTAL_FORMS": 0, "third_country_transfers-INITIAL_FORMS": 0,
    }  # fmt: skip
    today = timezone.localdate(now)
    assessed = {
        "activity": str(other.activity_id), "description": "x", "necessity": "x", "risks": "x",
        "measures": "x", "residual_risk": "low", "review_on": str(today + timedelta(days=90)),
    }  # fmt: skip
    moment = timezone.localtime(now - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
    things.objects |= {
        "admin/registry/controller/": str(controller.pk),
        "admin/registry/purpose/": str(company.purpose("newsletter").pk),
        "admin/registry/activityversion/": str(draft.pk),
        "admin/registry/datasource/": str(
            controller.sources.get(name="Sistema gestionale precedente").pk
        ),
        "admin/registry/recipient/": str(carrier.pk),
        "admin/registry/processingonbehalf/": str(for_other.pk),
        "admin/registry/impactassessment/": str(assessment.pk),
        "admin/registry/breach/": str(breach.pk),
        "admin/registry/finding/": str(finding.pk),
        "admin/retention/retentionrun/": str(run.pk),
        "admin/retention/notification/": str(notice.pk),
    }
    things.posted |= {
        "admin:hold_place": {
            "who": "anna.bianchi@example.it",
            "matter": "x",
            "ground": "legal_claim",
            "reason": "x",
            "review_on": str(today + timedelta(days=90)),
        },
        "admin:preset_propose": {
            "key": "prospects",
            "activity": str(other.activity_id),
            "why": "x",
        },
        "admin:hold_review": {"review_on": str(today + timedelta(days=120))},
        "admin:finding_answer": {"answer": "dismissed"},
        "admin:finding_group_answer": {**group, "answer": "confirmed"},
        "admin:finding_group_declare": {**drawn, "version": str(unread.pk)},
        "admin:registry_processingonbehalf_add": principal,
        "admin:registry_processingonbehalf_change": {**principal, "principal": "Quarta S.p.A."},
        "admin:registry_impactassessment_add": assessed,
        "admin:registry_impactassessment_change": assessed,
        "admin:activity_retire": {"typed": ended.activity.purpose.key},
        "admin:assessment_advise": {"advice": "x"},
        "admin:breach_new": {"aware_at": moment},
        "admin:breach_describe": {
            "is_ours": "on",
            "nature": ["integrity"],
            "cause": "unknown",
            "categories": ["name"],
            "subject_kinds": ["customer"],
            "happened": "x",
            "consequences": "x",
            "measures": "x",
            "risk": "high",
        },
        "admin:breach_notify": {"told": "authority", "sent_at": moment},
        "admin:breach_decide": {"exception": "b", "reasons": "x"},
        "admin:activity_approve": {"shown": draft.drafted_at.isoformat()},
        "admin:registry_recipient_add": recipient,
        "admin:registry_recipient_change": recipient,
        "admin:registry_datasource_add": {"name": "Fiera", "kind": "public"},
        "admin:registry_datasource_change": {"name": "Vecchio gestionale", "kind": "import"},
        "admin:retention_approve": {"typed": str(queries.going(run))},
        "admin:notice_close": {"outcome": "done", "reason": "By letter"},
        "set_language": {"language": "en"},
        "desk:purpose": {"purpose": "order_management"},
        "desk:write": {"channel": "email", "for": "order_management", "body": "x"},
        "desk:search": {"q": "anna.bianchi@example.it"},
        "desk:duplicate": {"decision": "refuse", "words": "Two people, by phone."},
        "desk:uncover": {"category": "national_id", "because": "uncovered.invoice"},
    }


def _service(things: Things, company: Company, now: datetime) -> None:
    """Articles, a case that is open, one that is solved, and a visit of the agent's."""
    agent, manager = company.staff[Role.AGENT], company.staff[Role.MANAGER]
    new = NewArticle(Text("La lampada non si accende", "Prema il tasto."), "it", slug="lampada")
    article = articles.begin(new, by=agent, now=now).article_id
    articles.submit(article, by=agent, now=now)
    articles.publish(article, by=manager, now=now)
    elio = a_person(company, given="Elio", now=now, orders=[now.date()])
    purpose, hours = "order_management", timedelta(hours=2)
    with gate.open(agent.actor(), purpose, Operation.CREATE, subjects=elio, now=now) as access:
        planned = NewVisit(agent.pk, now, now + hours, "Lampada spenta")
        visit = visits.plan(access, planned, subject=elio, purpose=purpose)
        case = cases.open_case(access, NewCase("Spenta"), subject=elio, purpose=purpose)
        solved = cases.open_case(access, NewCase("Spenta"), subject=elio, purpose=purpose)
        asked = cases.open_case(access, NewCase("Spenta"), subject=elio, purpose=purpose)
        for one in (solved, asked):
            cases.solve(access, one.pk, solution="Riaccesa")
        token = survey.invite(access, asked.pk, mode=SurveyMode.IDENTIFIED)
    draft = articles.begin(
        NewArticle(Text("Pulire la lampada", "Usi un panno."), "it"), by=agent, now=now
    )
    things.own["desk:visit_report"] = {"visit": str(visit.pk)}
    things.own["desk:case_new"] = {"person": str(elio)}
    of_case = {"person": str(elio), "case": str(case.pk)}
    things.own |= dict.fromkeys(("desk:case", "desk:case_act", "desk:case_pages"), of_case)
    things.own["help:satisfaction"] = {"token": token}
    things.own["desk:case_survey"] = {**of_case, "case": str(solved.pk)}
    things.own["desk:case_article"] = {**of_case, "case": str(solved.pk)}
    things.own |= dict.fromkeys(("desk:case_share", "desk:share_act"), of_case)
    things.own |= _a_call(company, elio, now)
    _relations(things, company, now)
    written = {"article": str(draft.article_id)}
    things.own["api.v1.cases.CaseView"] = {"case": str(case.pk)}
    things.own["api.v1.articles.ArticleView"] = written
    things.own |= dict.fromkeys(("desk:article", "desk:article_act"), written)
    about = {"theme": "rotto", "owner": agent.pk, "due_on": now.date(), "purpose": "customer_care"}
    begun = improvements.begin(NewImprovement(title="x", **about), by=agent, now=now)
    things.own["desk:improvement_close"] = {"improvement": str(begun.pk)}
    things.own["desk:segment_act"] = {"segment": str(uuid4())}
    nobodys = {"campaign": str(uuid4())}
    things.own |= dict.fromkeys(
        ("desk:campaign", "desk:campaign_act", "desk:campaign_edit"), nobodys
    )
    things.own["desk:loyalty_approve"] = {"programme": str(uuid4())}
    things.own["desk:offer_act"] = {"offer": str(uuid4())}
    page = {"language": "it", "slug": "lampada"}
    things.own |= {"help:article": page, "help:vote": page}
    things.posted |= {
        "desk:visit_report": {"key": uuid4, "outcome": "done", "text": "x"},
        "desk:case_new": {"topic": "x", "kind": "fault", "priority": "normal"},
        "desk:case_act": {"do": "take"},
        "desk:case_survey": {"mode": "anonymous"},
        "desk:theme": {"title_it": "Rotto", "title_en": "Broken"},
        "desk:improve": {
            "title": "x",
            "theme": "rotto",
            "owner": str(agent.pk),
            "due_on": str(now.date()),
        },
        "desk:goal": {
            "since": str(now.date()),
            "until": str(now.date()),
            "target": "5",
            "measure": "new_customers",
        },
        "help:satisfaction": {"score": "5"},
        "desk:case_pages": {"code": "AAA-AAA"},
        "desk:case_article": {"title": "Nuova", "body": "Prema."},
        "desk:article_new": {"title": "x", "body": "x", "language": "it", "audience": "public"},
        "desk:article": {"title": "x", "body": "x"},
        "desk:article_act": {"do": "submit"},
        "desk:segment_new": {"orders.from": "1", "do": "count"},
        "desk:campaign_new": {"do": "step"},
        "desk:offer_new": {"title_en": "x"},
        "desk:loyalty": {"title_en": "x"},
        "desk:member_act": {"do": "join", "terms": "1"},
        "help:vote": {"useful": "yes"},
        "help:search": {"q": "lampada"},
    }


def _a_call(company: Company, person: UUID, now: datetime) -> dict[str, dict[str, str]]:
    """A call that was noted, and its recording, for a purpose that the other pages do not have."""
    agent = company.actor(Role.AGENT)
    with gate.open(agent, "order_management", Operation.CREATE, subjects=person, now=now) as access:
        heard = calls.heard(access, person, purpose="order_management", reason="Spenta")
        open_call = calls.heard(access, person, purpose="order_management", reason="Ancora")
        made = calls.log_call(access, heard, calls.Outcome("reached"), at=now).pk
    a_consent(company, person, purpose="call_recording", channel=Channel.PHONE, at=now)
    kept = recordings.keep(
        agent, person, made, recordings.Sound(b"RIFF", now), purpose="call_recording", now=now
    )
    of_call = {"person": str(person), "interaction": str(heard)}
    return {
        **dict.fromkeys(("desk:call_held", "desk:call_record"), of_call),
        "desk:call_log": {**of_call, "interaction": str(open_call)},
        "desk:recording": {"person": str(person), "recording": str(kept.pk)},
        "desk:view_forget": {"view": str(uuid4())},
    }


def _relations(things: Things, company: Company, now: datetime) -> None:
    """A company with a contract, and what the house wrote for everybody: workflow, text, form."""
    sales = company.staff[Role.SALES]
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.CREATE, now=now
    ) as access:
        made = accounts.create(
            access, kind="company", fields={"name": "Luce S.p.A."}, stands_as=["partner"],
            source=company.source,
        )  # fmt: skip
        consent.qualify(access, subject=made.subject_id, kind="contract", at=now)
    account = {"account": str(made.pk)}
    things.own |= dict.fromkeys(("desk:company", "desk:company_act"), account)
    workflow = {"workflow": str(versions.load_recipes(by=sales, now=now)[0].pk)}
    things.own |= dict.fromkeys(("desk:workflow", "desk:workflow_act"), workflow)
    form = {"form": str(a_form(company, slug="prova", now=now).pk)}
    things.own |= dict.fromkeys(("desk:web_form", "desk:web_form_act"), form)
    things.own["desk:text"] = {"key": "order_late"}
    things.posted |= {
        "desk:companies": {"q": "luce"},
        "desk:company_act": {"do": "stand", "stands_as": "press"},
        "desk:relation_act": {"do": "find", "q": "luce"},
        "desk:share_act": {"do": "share", **account},
        "desk:workflow_new": {"do": "step"},
        "desk:call_log": {"disposition": "reached", "minutes": "1"},
    }


def _emergency(things: Things, company: Company, now: datetime) -> None:
    """Marketing looked at a person in an emergency, which the register lets it and the agent."""
    ida = a_person(company, given="Ida", now=now)
    why, day = "Pacco pericoloso in consegna", timezone.localdate(now)
    said = {
        "parameter": Parameter.EMERGENCY_ROLES, "value": "marketing agent", "source": "Delibera",
    }  # fmt: skip
    provisions.enter(
        controller=company.controller, **said, valid_from=day, by=company.staff[Role.DPO], now=now
    )
    opened = emergency.declare(by=company.staff[Role.MARKETING], who=ida, reason=why, now=now)
    things.objects["admin/registry/emergencyaccess/"] = str(opened.pk)
    dpo = company.staff[Role.DPO]
    feast = {"name": "Patrono", "is_yearly": True, "source": "Delibera"}
    holidays.enter(**feast, first_on=day, by=dpo, now=now)
    things.objects["admin/holidays/"] = str(company.controller.holidays.get().pk)
    things.posted |= {
        "admin:emergency_new": {"who": "ida.bianchi@example.it", "reason": why},
        "admin:emergency_review": {"verdict": "justified", "note": "Rischio reale e breve"},
        "admin:text_rule_enter": {"place": "crm.Interaction", "category": "payment_card"},
        "admin:provision_enter": {**said, "valid_from": str(day + timedelta(days=1))},
        "admin:holiday_enter": {**feast, "first_on": str(day + timedelta(days=1))},
        "admin:why": {
            "who": "anna.bianchi@example.it", "purpose": "order_management", "operation": "read",
        },
    }  # fmt: skip


def _of_sales(company: Company, anna: UUID, now: datetime) -> dict[str, str]:
    """A possible sale to a person, and something to do for them."""
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.CREATE, subjects=anna, now=now
    ) as access:
        sale = opportunities.open_one(access, anna, Hope("Lampade", Decimal(90)), by=None)
        task = todo.give(access, anna, todo.Duty("Chiamare", timezone.localdate(now)))
        return {"opportunity": str(sale.pk), "task": str(task.pk)}


def _notices(things: Things, company: Company, now: datetime) -> None:
    """A privacy notice in force, and a draft of the lawyer."""
    dpo, legal = company.staff[Role.DPO], company.staff[Role.LEGAL]
    notice.draft(company.controller, by=dpo, now=now)
    notice.approve(company.controller, 1, by=legal, now=now)
    notice.draft(company.controller, by=legal, now=now)
    things.others |= {"number": "1", "language": "it"}
    things.own["api.v1.opendsr.OpenDsrRequestView"] = {"number": NOBODY}
    things.own["admin:privacy_notice_approve"] = {"number": "2"}
    version = notices.in_force(company.controller.pk, "it")
    today = str(timezone.localdate(now))
    things.posted["admin:privacy_notice_told"] = {
        "tell_by": today, "on": today, "how": "email", "version": str(version and version.pk),
    }  # fmt: skip


def _assessment(company: Company, version: ActivityVersion, now: datetime) -> ImpactAssessment:
    """An assessment that waits for advice."""
    assessment = ImpactAssessment(
        controller=company.controller, activity=version.activity, description="x", necessity="x",
        risks="x", measures="x", residual_risk="low",
        review_on=timezone.localdate(now) + timedelta(days=90),
    )  # fmt: skip
    return impact.draft(assessment=assessment, by=company.staff[Role.LEGAL], now=now)


def _breach(company: Company, now: datetime) -> Breach:
    """A breach of a high risk."""
    legal, aware = company.staff[Role.LEGAL], now - timedelta(hours=2)
    known = breaches.Description(
        nature=[Nature.INTEGRITY], cause=Cause.UNKNOWN, categories=[Category.NAME],
        subject_kinds=[SubjectKind.CUSTOMER], people=None, records=None, risk=BreachRisk.HIGH,
        is_complete=False, words={"happened": "x", "consequences": "x", "measures": "x"},
    )  # fmt: skip
    breach = breaches.record(aware_at=aware, began_at=None, by=legal, now=aware)
    breaches.describe(breach=breach, known=known, by=legal, now=now)
    return breach


def _house(things: Things, company: Company, now: datetime) -> None:
    """Accounts, tokens and a file that is being imported."""
    World(company, now).token(Role.AGENT, name="Warehouse")
    day = timezone.localdate(now + timedelta(days=30)).isoformat()
    things.objects |= {
        "admin/registry/staff/": str(company.staff[Role.SALES].pk),
        "admin/api/apitoken/": str(ApiToken.objects.get().pk),
        "admin/crm/importbatch/": str(_batch(company, now)),
        "admin/r/": "1",
    }
    client = clients.register(
        by=company.staff[Role.DPO], name="Till", role=Role.AGENT, purposes=["order_management"],
        expires_at=now + timedelta(days=30), now=now,
    ).client  # fmt: skip
    things.own["admin:token_renew"] = {"object_id": str(client.pk)}
    columns = {"column_0": "given_name", "column_1": "family_name", "column_2": "email"}
    secret = "a long enough password"
    things.posted |= {
        "admin:staff_hire": {"username": "acme-new", "role": "agent", "password": secret},
        "admin:token_issue": {
            "name": "Shop", "role": "agent", "purposes": ["order_management"], "expires_on": day,
        },
        "admin:import_new": {
            "file": lambda: SimpleUploadedFile("clienti.csv", FILE, "text/csv"), "source": "",
            "new_source": "Gestionale", "purpose": "order_management", "kind": "customer",
            "entity": "",
        },
        "admin:import_steer": {"do": "start", **columns},
        "account_change_password": {"oldpassword": "x", "password1": secret, "password2": secret},
    }  # fmt: skip


def _asked(company: Company, subject: UUID | None, right: str, now: datetime) -> SubjectRequest:
    """A request by a person who is known, identified; or by somebody nobody knows."""
    actor = company.actor(Role.DPO)
    name = "Anna Bianchi" if subject else "Ugo Neri"
    row = requests.receive(
        actor, right=right, channel="email", received_at=now, language="en", subject=subject,
        requester=Requester(name, f"{name.replace(' ', '.').lower()}@example.it", "", ""), now=now,
    )  # fmt: skip
    return requests.identify(row.pk, "in_person", by=actor, now=now) if subject else row


def _batch(company: Company, now: datetime) -> UUID:
    agent = company.staff[Role.AGENT]
    source = operations.add_source(
        controller=company.controller, name="Vecchio", kind="import", by=agent, now=now
    )
    with staging.plaintext([FILE]) as path:
        batch, _mapping = landing.propose(
            path, source=source, purpose="order_management", by=agent, now=now,
            kind=SubjectKind.CUSTOMER,
        )  # fmt: skip
    staging.seal(batch, [FILE])
    return batch.pk


@dataclass(frozen=True)
class Entry:
    """One entry: its id, what happened, how it ended, and the kind of actor."""

    id: str
    action: str
    outcome: str
    actor: str


def left_by(call: Callable[[], HttpResponseBase]) -> tuple[HttpResponseBase, list[Entry]]:
    """Call, and take it back; return the response and the entries that it left."""
    cache.clear()  # limits of attempts are kept there
    points = [(alias, transaction.savepoint(using=alias)) for alias in ALIASES]
    ((begun,),) = _rows("SELECT clock_timestamp()")
    try:
        response = call()
        return response, _entries(begun)
    finally:
        for alias, point in points:
            transaction.savepoint_rollback(point, using=alias)


def _entries(begun: datetime) -> list[Entry]:
    rows = _rows("SELECT entry FROM audit.entry WHERE at >= %s ORDER BY at, id", [begun])
    bodies = [orjson.loads(bytes(entry).split(b"\n")[0]) for (entry,) in rows]
    return [Entry(b["id"], b["act"], b["outcome"], b["actor"]["k"]) for b in bodies]


def _rows(query: str, values: Any = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('custode.controller',"
            " (SELECT id::text FROM registry_controller WHERE slug = 'acme'), true)"
        )
        cursor.execute(query, values)
        rows = cursor.fetchall()
        cursor.execute("SELECT set_config('custode.controller', '', true)")
    return rows


def standing(entries: list[Entry]) -> list[str]:
    """The actions of those entries that stand for the request."""
    said = [coverage.Said(Action(entry.action), entry.actor) for entry in entries]
    return [str(entry.action) for entry in coverage.standing(said)]
