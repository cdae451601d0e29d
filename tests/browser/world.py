"""What the pages show in a browser: one company at work, committed so that a server sees it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import BytesIO
from uuid import UUID

from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.urls import reverse
from django.utils import timezone

from audit import log
from audit.actions import Action
from crm.models import ImportBatch, Order
from crm.own import saying
from crm.service.operations import NewCase
from crm.trade import fulfilment
from crm.trade.fulfilment import Parcel
from dsar import (
    codes,
    contact_points,
    erasure_right,
    holidays,
    identity_evidence,
    intake,
    letter_drafts,
    links,
    notice,
    objection_right,
    preferences,
    requests,
    restriction_right,
    timekeeping,
)
from dsar.attachments import keeping
from dsar.case import code, documents
from dsar.identity import OnBehalf, Requester
from dsar.intake import Linked, Message
from dsar.links import Kind, Wanted
from dsar.mail import deciding, receiving
from dsar.models import Erasure
from governance.policy.actors import Actor
from governance.policy.breaches import BreachRisk, Cause, Nature, Told
from governance.policy.categories import Category
from governance.policy.consents import Mechanism
from governance.policy.identity import Behalf
from governance.policy.provisions import Parameter
from governance.policy.vocabulary import (
    Channel,
    ConsentState,
    Duty,
    Operation,
    RecordClass,
    Right,
    Role,
    SubjectKind,
)
from registry import (
    breaches,
    consent,
    impact,
    operations,
    opposition,
    provisions,
    restriction,
)
from registry.consent import Evidence, Said
from registry.datamap import Lookup
from registry.gate import emergency
from registry.gate import opening as gate
from registry.models import (
    ActivityVersion,
    Breach,
    DataSource,
    Finding,
    ImpactAssessment,
    ProcessingActivity,
    ProcessingOnBehalf,
    Staff,
    Transfer,
)
from retention import holds, recipients
from retention import operations as retention
from retention.models import Notification
from tests.audit.history import seal_here
from tests.browser import campaigns, desk
from tests.builders import Company, a_company, a_consent, a_person, amend, an_interaction
from tests.crm.webforms import a_form
from tests.databases import Run
from tests.dsar import erasing
from tests.dsar.attachments.hostile import PDF, zipped
from tests.dsar.mails import a_mail
from tests.retention.scenes import an_old_customer, carried_out, known_rules

PASSWORD = "a long enough password"
REQUESTER = Requester("Anna Bianchi", "anna.bianchi@example.it", "", "I miei dati, per favore")


@dataclass(frozen=True)
class World:
    """Who may log in, and the addresses of the portal's pages by name."""

    dpo: str
    dpo_secret: str
    agent: str
    lawyer: str
    pages: dict[str, str]
    links: dict[str, str]
    cases: dict[str, tuple[str, str]]
    desk: dict[str, str]
    marketing: str
    campaigns: dict[str, str]


def a_world(now: datetime) -> World:
    """Make the company, its work and three accounts with a password; the DPO's is enrolled."""
    company = a_company(now=now)
    intake.publish_key(company.controller.pk, now=now)
    pages = {**_lists(), **_requests(company, now), **_rows(company, now)}
    pages |= {"emergency-review": f"{_emergency(company, now)}review/"}
    for role in (Role.DPO, Role.AGENT, Role.LEGAL, Role.MARKETING):
        staff = company.staff[role]
        staff.set_password(PASSWORD)
        staff.save(update_fields=["password"])
    secret = generate_totp_secret()
    TOTP.activate(company.staff[Role.DPO], secret)
    pages |= _risks(company, now) | _erasures(company, now) | _sealed(company, now)
    pages |= _notices(company, now)
    names = {role: company.staff[role].username for role in (Role.DPO, Role.AGENT, Role.LEGAL)}
    links_of, cases = _links(company, now), _cases(company, now)
    pages["person"] = links_of.pop("person")
    return World(
        names[Role.DPO], secret, names[Role.AGENT], names[Role.LEGAL], pages, links_of, cases,
        desk.pages(company, now), company.staff[Role.MARKETING].username,
        campaigns.pages(company, now),
    )  # fmt: skip


def _cases(company: Company, now: datetime) -> dict[str, tuple[str, str]]:
    """Two requests of the public page with their codes: one just filed, one refused."""
    controller, dpo = company.controller.pk, company.actor(Role.DPO)
    cases = {}
    for name in ("case-received", "case-refused", "case-several"):
        reference, secret = requests.new_reference(), code.new()
        key = code.key_of(reference, secret)
        second = code.key_of(other := code.linked(reference, secret, 1), secret)
        linked = Linked("erasure", "Tutto", other, second.digest.hex(), second.public.hex())
        said = Message(
            "access", "it", Requester("Ada", f"{name}@example.it"), key.digest.hex(),
            key.public.hex(), linked=[linked] if name == "case-several" else [],
        )  # fmt: skip
        intake.submit(controller, said, reference=reference, now=now)
        (waiting,) = intake.waiting(controller)
        filed = intake.file(waiting, controller=controller, now=now)
        assert filed is not None
        if name == "case-refused":
            requests.identify(filed.pk, "document", by=dpo, now=now)
            why = "Le decisioni su di te le prendono persone."
            requests.refuse(filed.pk, ground="conditions_not_met", reasons=why, by=dpo, now=now)
            documents.renew(controller, now=now)
        cases[name] = (reference, secret)
    return cases


def _notices(company: Company, now: datetime) -> dict[str, str]:
    """A notice in force, a draft, a register that has gone on, and people who are owed one."""
    dpo, legal = company.staff[Role.DPO], company.staff[Role.LEGAL]
    notice.draft(company.controller, by=dpo, now=now)
    notice.approve(company.controller, 1, by=legal, now=now)
    company.controller.dpo_contact = "dpo@acme.example"
    company.controller.save(update_fields=["dpo_contact"])
    notice.draft(company.controller, by=legal, now=now)
    source = operations.add_source(
        controller=company.controller, name="Elenco di un partner", kind="import", by=dpo, now=now
    )
    a_person(company, given="Olga", source=source, now=now)
    return {"privacy-notices": reverse("admin:privacy_notices")}


def _links(company: Company, now: datetime) -> dict[str, str]:
    """What people were sent: their preferences, a way out, and a question.

    Livia's are looked at; Nora and Rita use theirs.
    """
    a_form(company, now=now)
    people = [a_person(company, given=name, now=now) for name in ("Livia", "Nora", "Rita")]
    for person in people:
        a_consent(company, person, channel=Channel.SMS, at=now)
    livia, nora, rita = people
    newsletter = company.purpose("newsletter")
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=people, reference=livia, now=now
    ) as access:
        said = Said(livia, newsletter, Channel.POST, ConsentState.GIVEN)
        how = Evidence(now, Mechanism.FORM, "Voglio ricevere novità e offerte per posta.")
        _asked, question = preferences.ask(access, said, how, until=date(2999, 1, 1))
        outs = [Wanted(p, Kind.UNSUBSCRIBE, newsletter, Channel.SMS) for p in (livia, rita)]
        own, nora_own, leave, rita_leave = links.issue(access, [Wanted(livia), Wanted(nora), *outs])
        restriction.place(access, subject=livia, ground="a", at=now)
        consent.object_to(access, subject=livia, at=now, grounds="Troppi messaggi")
    return {
        "person": reverse("admin:person", args=[livia]),
        "preferences": f"/c/acme/preferences/{own}/",
        "unsubscribe": f"/c/acme/unsubscribe/{leave}/",
        "confirm": f"/c/acme/confirm/{question}/",
        "privacy-version": "/c/acme/privacy/1/it/",
        "preferences-keyboard": f"/c/acme/preferences/{nora_own}/",
        "unsubscribe-keyboard": f"/c/acme/unsubscribe/{rita_leave}/",
        "own": _own_page(company, now),
    }


def _own_page(company: Company, now: datetime) -> str:
    """A customer with an order that has left, a case and a conversation: the page of their own."""
    ugo = a_person(company, given="Ugo", orders=[now.date()], now=now)
    an_interaction(company, ugo, body="Dove resta il pacco?", at=now)
    purpose = "order_management"
    with gate.open(
        company.actor(Role.AGENT), purpose, Operation.UPDATE, subjects=ugo, now=now
    ) as access:
        order = access.rows(Order).get().pk
        fulfilment.ship(access, order, Parcel(now.date(), carrier="Corriere", tracking="TRK-7781"))
    new = NewCase("La lampada non si accende", "È nuova.", order=order)
    saying.ask(company.controller.pk, ugo, new, now=now)
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=ugo, reference=ugo, now=now
    ) as access:
        until = now.date() + timedelta(days=1)
        (token,) = links.issue(access, [Wanted(ugo, Kind.OWN, expires_on=until)])
    return f"/c/acme/yours/{token}/"


def _sealed(company: Company, now: datetime) -> dict[str, str]:
    """An entry of the log with its proof."""
    event = log.Event(action=Action.PAGE_VIEWED, purpose="access_logging")
    receipt = log.record_apart(company.actor(Role.LEGAL), event, now=now)
    seal_here()
    return {"audit-entry": reverse("admin:audit_entry", args=[receipt.id])}


def _risks(company: Company, now: datetime) -> dict[str, str]:
    """An activity with a history, a recipient far away, two assessments and a late breach."""
    legal, dpo = company.staff[Role.LEGAL], company.staff[Role.DPO]
    version = amend(
        company, "newsletter", context="Solo e-mail", categories=["name", "email"], now=now
    )
    cloud = company.controller.recipients.get(name="Fornitore di servizi informatici")
    Transfer.objects.create(
        controller=company.controller, recipient=cloud, country="US", mechanism="standard_clauses",
        document="Clausole 2021/914, modulo 2; copia a richiesta",
    )  # fmt: skip
    altra = ProcessingOnBehalf.objects.create(
        controller=company.controller, principal="Altra S.p.A.",
        principal_contact="privacy@altra.example", processing_it="Assistenza ai clienti",
        processing_en="Customer support", agreement_on=now.date(),
    )  # fmt: skip
    Transfer.objects.create(
        controller=company.controller, on_behalf=altra, country="IN", document="Clausole di Altra",
        mechanism="standard_clauses",
    )  # fmt: skip
    made = {}
    for activity, name in ((version.activity, "assessment"), (_leads(company), "assessment-draft")):
        made[name] = impact.draft(
            assessment=ImpactAssessment(
                controller=company.controller, activity=activity, description="Invio di novità",
                necessity="Serve l'indirizzo", risks="Fastidio", measures="Opposizione",
                residual_risk="low", review_on=now.date() + timedelta(days=300),
            ),
            by=legal, now=now,
        )  # fmt: skip
    impact.advise(assessment=made["assessment"], advice="Si può fare", by=dpo, now=now)
    impact.conclude(assessment=made["assessment"], by=dpo, now=now)
    breach = _a_breach(dpo, altra, now)
    pages = {
        name: reverse("admin:registry_impactassessment_change", args=[row.pk])
        for name, row in made.items()
    }
    for name in ("describe", "notify", "decide"):
        pages[f"breach-{name}"] = reverse(f"admin:breach_{name}", args=[breach.pk])
    return pages | {
        "breach": reverse("admin:registry_breach_change", args=[breach.pk]),
        "activity-retire": reverse("admin:activity_retire", args=[version.pk]),
        "history": reverse("admin:activity_history", args=[version.pk]),
        "activity-compared": reverse("admin:registry_activityversion_change", args=[version.pk]),
        "recipient": reverse("admin:registry_recipient_change", args=[cloud.pk]),
        "on-behalf": reverse("admin:registry_processingonbehalf_change", args=[altra.pk]),
        "purpose": reverse("admin:registry_purpose_change", args=[version.activity.purpose_id]),
        "company": reverse("admin:registry_controller_change", args=[company.controller.pk]),
    }


def _leads(company: Company) -> ProcessingActivity:
    return ProcessingActivity.objects.get(
        controller=company.controller, purpose__key="lead_management"
    )


def _a_breach(by: Staff, principal: ProcessingOnBehalf, now: datetime) -> Breach:
    """Known for eighty hours, described, and the authority was told too late; one is not told."""
    breach = breaches.record(aware_at=now - timedelta(hours=80), began_at=None, by=by, now=now)
    known = breaches.Description(
        nature=[Nature.CONFIDENTIALITY], cause=Cause.INTERNAL_MISTAKE, categories=[Category.EMAIL],
        subject_kinds=[SubjectKind.CUSTOMER], people=1200, records=None, risk=BreachRisk.HIGH,
        is_complete=False, principals=[principal],
        words={"happened": "Un file è andato all'indirizzo sbagliato", "consequences": "Spam",
               "measures": "Il destinatario lo ha cancellato"},
    )  # fmt: skip
    breaches.describe(breach=breach, known=known, by=by, now=now)
    breaches.notify(
        breach=breach, told=Told.AUTHORITY, sent_at=now, reference="GPDP-77", now=now, by=by,
        reasons="Il fornitore ci ha avvisati tardi",
    )  # fmt: skip
    breaches.record(aware_at=now - timedelta(hours=20), began_at=None, by=by, now=now)
    return breach


def _erasures(company: Company, now: datetime) -> dict[str, str]:
    """Somebody forgotten; a notice for a letter; what waits for the word of a second person."""
    done = _forgotten(company, "Carla", now)
    with gate.duty(company.actor(Role.DPO), Duty.ERASING, reference=done.pk, now=now):
        notice = _a_notice(company, done.pk, now)
    with Run.current.server.connect(Run.current.names.keys) as keys:
        keys.execute("UPDATE crypto_rule SET bulk_from = 1")
    waiting = _forgotten(company, "Pia", now)
    an_old_customer(company, "Antichi", orders=[])
    known_rules(company, now=now)
    _a_hold(company, now)
    run = retention.preview(company.actor(Role.DPO), now=now)
    retention.approve(run, company.staff[Role.LEGAL], now=now)
    assert carried_out(run, now=now).state == "waiting"
    return {
        "retention-rows": reverse("admin:retention_rows", args=["kept"]),
        "retention-undated": reverse("admin:retention_rows", args=["indeterminate"]),
        "request-erased": reverse("admin:dsar_subjectrequest_change", args=[done.request_id]),
        "request-second": reverse("admin:dsar_subjectrequest_change", args=[waiting.request_id]),
        "retention-second": reverse("admin:retention_retentionrun_change", args=[run.pk]),
        "notice": reverse("admin:retention_notification_change", args=[notice]),
        "notices": reverse("admin:retention_notification_changelist"),
    }


def _forgotten(company: Company, given: str, now: datetime) -> Erasure:
    subject = a_person(company, given=given, orders=[date(2026, 5, 1)], now=now)
    email = f"{given.lower()}.bianchi@example.it"
    return erasing.erase(company, subject=subject, email=email, now=now)


def _a_hold(company: Company, now: datetime) -> None:
    holds.place(
        company.staff[Role.LEGAL], a_person(company, given="Gina", family="Contesi", now=now),
        ground=holds.HoldGround.COURT_PROCEEDINGS, matter="Tribunale di Torino, R.G. 1234/2026",
        reason="Contestazione su una fornitura.", review_on=timezone.localdate(now) +
        timedelta(days=20), record_classes=[RecordClass.FISCAL_RECORD], now=now,
    )  # fmt: skip


def _a_notice(company: Company, job: UUID, now: datetime) -> UUID:
    carrier = company.controller.recipients.get(name="Corriere")
    notice = Notification(
        controller=company.controller, job=job, round_no=1, pass_no=1, recipient=carrier,
        categories=["email"], created_at=now, state="manual", status="no_endpoint",
    )  # fmt: skip
    notice.blob = recipients.sealed(notice, "blob", b'["DEST-88"]')
    notice.save()
    return notice.pk


def _lists() -> dict[str, str]:
    names = {
        "worklist": "index",
        "requests": "dsar_subjectrequest_changelist",
        "request-new": "request_new",
        "findings": "registry_finding_changelist",
        "retention": "retention_retentionrun_changelist",
        "retention-schedule": "retention_schedule",
        "holds": "holds",
        "stores": "stores",
        "presets": "presets",
        "imports": "crm_importbatch_changelist",
        "activities": "registry_activityversion_changelist",
        "activity-new": "registry_activityversion_add",
        "purposes": "registry_purpose_changelist",
        "sources": "registry_datasource_changelist",
        "recipients": "registry_recipient_changelist",
        "controller": "registry_controller_changelist",
        "on-behalf-new": "registry_processingonbehalf_add",
        "assessments": "registry_impactassessment_changelist",
        "assessment-new": "registry_impactassessment_add",
        "breaches": "registry_breach_changelist",
        "breach-new": "breach_new",
        "letters": "letter_drafts",
        "statistics": "request_statistics",
        "record": "record",
        "gaps": "gaps",
        "set-up": "set_up",
        "questions": "questions",
        "audit": "audit_search",
        "audit-state": "audit_state",
        "staff": "registry_staff_changelist",
        "tokens": "api_apitoken_changelist",
        "token-new": "token_issue",
        "why": "why",
        "emergency-new": "emergency_new",
        "provisions": "provisions",
        "finding_groups": "finding_groups",
        "text_rules": "text_rules",
        "people": "people",
        "holidays": "holidays",
    }
    return {name: reverse(f"admin:{view}") for name, view in names.items()}


def _emergency(company: Company, now: datetime) -> str:
    """The agent has opened somebody's data past the register; the address of what they see."""
    subject = a_person(
        company, given="Emma", phone="347 1234567", orders=[date(2026, 5, 1)], now=now
    )
    dpo = company.staff[Role.DPO]
    provisions.enter(
        controller=company.controller, parameter=Parameter.EMERGENCY_ROLES, value="agent",
        valid_from=date(2026, 1, 1), source="Delibera del titolare", by=dpo, now=now,
    )  # fmt: skip
    opposition.take(
        channel=Channel.PHONE, content=b"numero;iscritto\n347 1234567;no\n",
        checked_on=date(2026, 1, 1), by=dpo, now=now,
    )  # fmt: skip
    opened = emergency.declare(
        by=company.staff[Role.AGENT], who=subject, now=now,
        reason="Pacco pericoloso in consegna: va avvisata subito",
    )  # fmt: skip
    return reverse("admin:emergency", args=[opened.pk])


def _requests(company: Company, now: datetime) -> dict[str, str]:
    """A request for a copy, one late by weeks, and an erasure that waits for approval."""
    anna = a_person(company, orders=[date(2026, 5, 1)], now=now)
    dpo = company.actor(Role.DPO)
    shown = {"request-mandate": _for_another(dpo, anna, now)}
    for name, right in (("request", Right.ACCESS), ("request-erasure", Right.ERASURE)):
        made = requests.receive(
            dpo, right=right, channel="email", received_at=now, language="it",
            requester=REQUESTER, evidence="message id", now=now,
        )  # fmt: skip
        shown[name] = reverse("admin:dsar_subjectrequest_change", args=[made.pk])
    requests.identify(made.pk, "known_contact", by=dpo, now=now)
    keeping.add(made.pk, "lettera.pdf", BytesIO(PDF), size=len(PDF), by=dpo, now=now)
    timekeeping.ask(
        made.pk, "identity_doubt", question="Da quale indirizzo ci scrive di solito?",
        sent_on=timezone.localdate(now), by=dpo, now=now,
    )  # fmt: skip
    holidays.enter(
        name="Santo patrono", first_on=date(2026, 12, 7), is_yearly=True, source="Delibera comunale",
        by=company.staff[Role.DPO], now=now,
    )  # fmt: skip
    erasure_right.plan(made.pk, dpo, now)
    shown["request-drafted"] = f"{shown['request']}?refuse=identity_not_proven&part=trade_secret"
    letter_drafts.write(
        key="refusal.trade_secret", language="it", by=company.staff[Role.LEGAL], now=now,
        text="Ciò che omettiamo è un segreto commerciale: {what_it_is}.",
    )  # fmt: skip
    shown["letter"] = reverse("admin:letter_draft", args=["refusal.trade_secret", "it"])
    return shown | _others(company, now) | _other_rights(dpo, now) | _mails(company, now)


def _others(company: Company, now: datetime) -> dict[str, str]:
    """A request for a copy in whose texts other people are named; nobody has read them yet."""
    marta = a_person(company, given="Marta", orders=[date(2026, 5, 1)], now=now)
    husband = (
        "Marta è fuori. Ha chiamato il marito Stefano Galli (338 765 4321).\nStefano ritira il"
        " pacco, oppure lo prende l'idraulico del terzo piano."
    )
    friend = "Rimborso chiesto da יוסף כהן per conto di Marta Bianchi, marta.bianchi@example.it."
    for text in (husband, friend):
        an_interaction(company, marta, body=text, at=now)
    request = requests.receive(
        company.actor(Role.DPO), right=Right.ACCESS, channel="email", received_at=now,
        language="it", requester=Requester("Marta Bianchi", "marta.bianchi@example.it"), now=now,
    )  # fmt: skip
    requests.identify(request.pk, "known_contact", by=company.actor(Role.DPO), now=now)
    return {"request-others": reverse("admin:request_others", args=[request.pk])}


def _for_another(dpo: Actor, anna: UUID, now: datetime) -> str:
    """A lawyer asks for her, with a document that nobody looked at and a code that went to her."""
    lawyer = Requester(
        "Avv. Ottavia Lanfranconi", "o.lanfranconi@studio.example", "", "In nome della mia assistita",
        OnBehalf(Behalf.MANDATE, "Anna Bianchi", "avvocata"),
    )  # fmt: skip
    made = requests.receive(
        dpo, right=Right.ACCESS, channel="email", received_at=now, language="it", requester=lawyer,
        subject=anna, now=now,
    )  # fmt: skip
    identity_evidence.take_in(made.pk, "mandate", b"%PDF-", was_asked=False, by=dpo, now=now)
    known = contact_points.key_of(dpo.controller, Lookup.EMAIL, REQUESTER.email)
    codes.send(made.pk, known, by=dpo, now=now)
    return reverse("admin:dsar_subjectrequest_change", args=[made.pk])


def _mails(company: Company, now: datetime) -> dict[str, str]:
    """Letters that came by mail: one with files, one of a lawyer, a machine's, and one set aside."""
    files = {"delega-della-signora-bianchi.pdf": PDF, "archivio.zip": zipped({"../x": b"x"})}
    lawyer = (
        "In nome e per conto del mio assistito Vi invito a cancellare i suoi dati personali e a non"
        " inviargli più alcuna comunicazione commerciale."
    )
    letters = [
        a_mail(at=now, files=files),
        a_mail(lawyer, sender="Avv. Rota <rota@pec.example>", message_id="<two@x>", at=now),
        a_mail("Sono assente.", message_id="<three@x>", Auto_Submitted="auto-replied", at=now),
        a_mail("Dov'è il mio pacco?", subject="Pacco", message_id="<four@x>", at=now),
    ]
    made = [receiving.receive(company.controller.pk, one.as_bytes(), now=now) for one in letters]
    first, second, _third, fourth = (one for one in made if one is not None)
    deciding.decline(fourth, "business", by=company.actor(Role.DPO), now=now)
    pages = {"mail": first, "mail-behalf": second, "mail-declined": fourth}
    return {name: reverse("admin:mail", args=[pk]) for name, pk in pages.items()} | {
        "mails": reverse("admin:mails")
    }


def _other_rights(dpo: Actor, now: datetime) -> dict[str, str]:
    """An objection that stopped something, with a proposed refusal, and a correction to make."""
    shown = {}
    made = requests.receive_all(
        dpo, rights=[Right.OBJECTION, Right.RECTIFICATION], channel="email", received_at=now,
        language="it", requester=REQUESTER, now=now,
    )  # fmt: skip
    for one in made:
        requests.identify(one.pk, "known_contact", by=dpo, now=now)
        shown[f"request-{one.right}"] = reverse("admin:dsar_subjectrequest_change", args=[one.pk])
    objection_right.stop(
        made[0].pk, ["lead_management"], grounds="Un vicino lavora da voi.", by=dpo, now=now
    )
    requests.refuse(
        made[0].pk, ground="compelling_grounds", reasons="Una trattativa in corso.", by=dpo, now=now
    )
    restriction_right.announce(made[0].pk, by=dpo, now=now)
    return shown


def _rows(company: Company, now: datetime) -> dict[str, str]:
    """One row of each sort that has a page, and what a worklist shows besides requests."""
    dpo = company.staff[Role.DPO]
    approved = ActivityVersion.objects.get(activity__purpose__key="accounting")
    care = ActivityVersion.objects.get(activity__purpose__key="customer_care")
    draft = operations.redraft(version=care, by=company.staff[Role.LEGAL], now=now)
    source = operations.add_source(
        controller=company.controller, name="Fiera", kind="import", by=dpo, now=now
    )
    finding = Finding.objects.create(
        controller=company.controller, place="crm.Interaction.body", category="health",
        kind="special_category", masked_sample="xxxxx",
    )  # fmt: skip
    batch = ImportBatch.objects.create(
        controller=company.controller, source=DataSource.objects.first(), entity="contact",
        purpose="order_management", digest="0" * 64, state="done", rows_read=2, rows_rejected=0,
        mapping={"columns": {"Mail": "email", "Note": None}}, expires_on=date(2027, 1, 24),
    )  # fmt: skip
    run = retention.preview(dpo.actor(), now=now)
    rows = {
        "activity": ("registry_activityversion_change", approved),
        "activity-draft": ("registry_activityversion_change", draft),
        "source": ("registry_datasource_change", source),
        "finding": ("registry_finding_change", finding),
        "import": ("crm_importbatch_change", batch),
        "retention-run": ("retention_retentionrun_change", run),
        "staff-member": ("registry_staff_change", company.staff[Role.AGENT]),
    }
    return {name: reverse(f"admin:{view}", args=[row.pk]) for name, (view, row) in rows.items()}
