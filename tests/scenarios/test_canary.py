"""Art. 17 and 32: a marker in every personal column is nowhere on the disk, before and after.

Deleting rows leaves their bytes in heap pages, write-ahead log and statistics. So all files of the
server and of the installation are searched, for the marker as it is and as it could be encoded;
something that is not secret is found by the same search. After the erasure no key that is left
opens the marker outside of what the certificate says is kept.
"""

import base64
import os
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.conf import settings

from crm.models import (
    Account,
    AccountRole,
    AccountUser,
    Call,
    CallRecording,
    Case,
    CasePause,
    Contact,
    ContactPoint,
    Conversation,
    FieldOrigin,
    FieldVisit,
    HandleLink,
    Interaction,
    Membership,
    Mention,
    Order,
    OrderLine,
    OtherContact,
    SharedCase,
    StageEvent,
    SurveyAnswer,
)
from dsar import erasure_right, representation, requests
from dsar.identity import OnBehalf, Requester
from dsar.models import (
    Attachment,
    AttachmentPart,
    Correspondence,
    Erasure,
    IdentityEvidence,
    InboundMail,
    PostMortemProhibition,
    Proposal,
    Reading,
    RequestPause,
    Statement,
)
from governance.policy.deadlines import PauseGround
from governance.policy.identity import Behalf
from governance.policy.vocabulary import Channel, ConsentState, Duty, Right, Role
from registry import consent
from registry.consent import Evidence, Said
from registry.datamap import data_map
from registry.gate import opening as gate
from registry.models import (
    ConsentEvent,
    Disclosure,
    EmergencyAccess,
    Merge,
    Objection,
    Recipient,
    Restriction,
    SearchToken,
    SubjectRow,
)
from registry.sealed import SealedText, sealed_attributes
from retention import holds
from retention.holds import HoldGround
from tests import trial
from tests.builders import NOW, Company, a_company, a_person
from tests.crm import trade
from tests.crm.imports.files import write
from tests.databases import Run
from tests.difference import Difference, Row, between, snapshot
from tests.dsar import acts
from tests.dsar.erasing import carried_out, certificates
from tests.readable import everything_readable, places_of
from tests.realdata import a_verified_source, bring_in
from tests.scenarios.test_backups_hold_nothing_readable import dump

MARK, OTHERS, OPEN = "Kanarienvogelx", "Zeisigvogelx", "Sperlingvogelx"
IMPORTED = "Stieglitzvogelx"
ADDED = {  # the tables into which an erasure writes, and why; nothing else is new
    "dsar_erasure": "the job",
    "dsar_erasurestep": "its markers",
    "dsar_certificate": "what it did",
    "dsar_correspondence": "the answer to the person",
    "registry_suppression": "the memory of deletions, keyed hashes",
    "registry_waitingtext": "that the answer waits to be read, as every text does: its id",
}
LONG = 300  # words: a value that PostgreSQL moves out of its row
# Made by requests and holds, which fill the columns they need.
OWN_WAY = frozenset({"dsar.AccessPackage", "dsar.SubjectRequest", "retention.LegalHold"})


def marked(row: SubjectRow, mark: str) -> None:
    """Set every text that is sealed, one of them to a long one."""
    for name, attribute in sealed_attributes(type(row)).items():
        if isinstance(attribute, SealedText):
            text = f"{mark}.{name}@{mark}.example" if name == "email" else f"{mark} {name}"
            setattr(row, name, " ".join([text] * LONG) if name in {"note", "body"} else text)
    row.save()


def a_marked_person(company: Company, mark: str) -> UUID:
    """Somebody with a row in every table about people, and the marker in all of it."""
    subject = a_person(company, given=mark, family=mark, email=f"{mark}@{mark}.example")
    base: dict[str, Any] = {
        "controller_id": company.controller.pk, "subject_id": subject, "collected_at": NOW,
    }  # fmt: skip
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject, now=NOW
    ) as access:
        (contact,) = access.rows(Contact)
        account = Account(**base)
        order = Order(**base, number=f"A-{subject}", ordered_on=NOW.date(), total=Decimal(1))
        for row in (
            contact, ContactPoint(**base, kind="email", label=""), account,
            Interaction(**base, channel=Channel.EMAIL, direction="in", occurred_at=NOW, purpose=""),
            order, Merge(**base, pair=uuid4(), other=uuid4(), likeness=65, reasons=["same_email"]),
        ):  # fmt: skip
            marked(row, mark)
        marked(Membership(**base, account=account), mark)
        marked(
            HandleLink(
                **base, network="x", shown_by="oauth", token=subject.bytes, linked_at=NOW,
                point=ContactPoint.objects.filter(subject=subject).first(),
            ),
            mark,
        )  # fmt: skip
        StageEvent(**base, stage="customer", came_from="lead", ground="contract", at=NOW).save()
        AccountRole(**base, account=account, stands_as="press", active_from=NOW.date()).save()
        left = {"staff": company.staff[Role.PARTNER], "active_to": NOW.date()}
        AccountUser(**base, **left, account=account).save()
        FieldOrigin(**base, row=contact.pk, field="given_name").save()
        marked(OtherContact(**base, row=contact.pk), mark)
        a_marked_conversation(company, base, mark)
        a_marked_case(company, base, mark)
        shared = {"shared_at": NOW, "shared_by": company.staff[Role.AGENT]}
        for case in access.rows(Case):
            SharedCase(**base, **shared, case=case, account=account).save()
        to = Recipient.objects.filter(controller=company.controller).first()
        given = Disclosure(**base, recipient=to, activity="x.v1", categories=["email"], at=NOW)
        given.external_id = f"{mark} external"
        given.save()
        marked(
            OrderLine(**base, order=order, quantity=1, unit_price=Decimal(1), bought_on=NOW.date()),
            mark,
        )
        looked = {"staff": company.staff[Role.AGENT], "opened_at": NOW}
        marked(EmergencyAccess(**base, **looked, ends_at=NOW + timedelta(hours=1)), mark)
        ended = {"informed_at": NOW - timedelta(hours=1), "lifted_at": NOW}
        marked(Restriction(**base, ground="a", placed_at=NOW - timedelta(days=9), **ended), mark)
        how = Evidence(
            NOW, "form", f"{mark} statement", proof=f"{mark} proof", guardian=f"{mark} guardian"
        )
        said = Said(subject, company.purpose("newsletter"), Channel.EMAIL, ConsentState.GIVEN)
        for event in (
            *consent.record_all(access, [said], how),
            consent.object_to(access, subject=subject, at=NOW, grounds=f"{mark} grounds"),
        ):  # fmt: skip
            assert isinstance(event, ConsentEvent | Objection)
        trade.everything(company, access, order, marked=lambda row: marked(row, mark))
    a_marked_file(company, subject, mark)
    return subject


def a_marked_case(company: Company, base: dict[str, Any], mark: str) -> None:
    """A case of service with its pause, and a visit for it."""
    number = Case.objects.count() + 1
    case = Case(**base, number=number, purpose="customer_care", opened_at=NOW)
    marked(case, mark)
    CasePause(**base, case=case, began_at=NOW).save()
    SurveyAnswer(**base, case=case, asks="csat", score=4, answered_on=NOW.date()).save()
    window = {"starts_at": NOW, "ends_at": NOW + timedelta(hours=2)}
    agent = company.staff[Role.FIELD_AGENT]
    marked(FieldVisit(**base, **window, case=case, technician=agent, purpose="field_service"), mark)


def a_marked_conversation(company: Company, base: dict[str, Any], mark: str) -> None:
    """A call about something, and a note in which a colleague is asked."""
    on = {"channel": Channel.PHONE, "purpose": "customer_care"}
    thread = Conversation(**base, **on, reference=f"R{base['subject_id'].hex[-8:]}", opened_at=NOW)
    marked(thread, mark)
    said = {**base, **on, "conversation": thread, "occurred_at": NOW}
    call = Interaction(**said, direction="in", kind="call")
    note = Interaction(**said, direction="own", kind="note", is_private=True)
    for row in (call, note):
        marked(row, mark)
    held = Call(**base, interaction=call, disposition="reached", called_at=NOW)
    held.save()
    times = {"announced_at": NOW, "recorded_at": NOW, "purpose": "call_recording"}
    heard = CallRecording(**base, **times, call=held, media_type="audio/wav")
    heard.sound = mark.encode()
    marked(heard, mark)
    agent = company.staff[Role.AGENT]
    Mention(**base, interaction=note, staff=agent, mentioned_at=NOW).save()


def a_marked_file(company: Company, subject: UUID, mark: str) -> None:
    """A question of theirs, with a letter and everything else that a request may have."""
    request = asked(company, subject, mark, Right.QUESTION)
    dpo = company.actor(Role.DPO)
    base: dict[str, Any] = {
        "controller_id": company.controller.pk, "subject_id": subject, "collected_at": NOW,
    }  # fmt: skip
    with gate.duty(dpo, Duty.ANSWERING, subjects=subject, reference=request.pk, now=NOW):
        letter = {"kind": "answer", "channel": Channel.POST, "language": "it", "written_at": NOW}
        doubt = {"ground": PauseGround.IDENTITY_DOUBT, "sent_on": NOW.date()}
        by = {"proposed_by": company.staff[Role.DPO], "proposed_at": NOW}
        seen = {"kind": "identity", "received_at": NOW, "destroy_on": NOW.date()}
        noted = {"recorded_at": NOW, "recorded_by": company.staff[Role.DPO]}
        for row in (
            Correspondence(**base, **letter, request=request),
            RequestPause(**base, **doubt, request=request),
            Statement(**base, request=request.pk),
            Reading(**base, request=request, read_at=NOW),
            Proposal(**base, **by, request=request, act="refuse", ground="excessive"),
            IdentityEvidence(**base, **seen, request=request),
            PostMortemProhibition(**base, **noted, rights=["portability"], said_on=NOW.date()),
            InboundMail(**base, **a_mail(mark), received_at=NOW),
        ):
            marked(row, mark)
        file = Attachment(**base, request=request, type="text", size=1, added_at=NOW)
        marked(file, mark)
        marked(AttachmentPart(**base, attachment=file, number=0), mark)


def a_mail(mark: str) -> dict[str, Any]:
    return {
        "reference": requests.new_reference(), "dated_by": "now", "verdict": "unsure", "language": "it",
    }  # fmt: skip


def asked(company: Company, subject: UUID, mark: str, right: Right) -> Any:
    """A request by the heirs, for the marked have died."""
    dpo = company.actor(Role.DPO)
    requester = Requester(
        f"{mark} requester", f"{mark}.r@{mark}.example", f"{mark} phone", f"{mark} details",
        OnBehalf(Behalf.DECEASED, f"{mark} name", f"{mark} relation"),
    )  # fmt: skip
    request = requests.receive(
        dpo, right=right, channel="email", received_at=NOW, language="it", requester=requester,
        subject=subject, now=NOW,
    )  # fmt: skip
    said = {"evidence": f"{mark} evidence", "capacity": "family"}
    representation.verify(request.pk, **said, by=dpo, now=NOW)
    return request


def needles(mark: str) -> dict[str, bytes]:
    """The marker as it is, and as it would look in other encodings."""
    found = {}
    for text in (mark, mark.lower(), mark.upper()):
        raw = text.encode()
        found |= {
            text: raw,
            f"{text} UTF-16": text.encode("utf-16-le"),
            f"{text} hex": raw.hex().encode(),
        }
        for shift in range(3):
            coded = base64.b64encode(b"\0" * shift + raw)
            found[f"{text} base64+{shift}"] = coded[4 if shift else 0 : -4]
    return found


def on_disk(superuser: psycopg.Connection[Any], mark: str) -> dict[str, str]:
    """Which needle is in which file of the server and of the installation."""
    superuser.execute("CHECKPOINT")
    (data,) = superuser.execute("SHOW data_directory").fetchone() or ("",)
    wanted, found = needles(mark), {}
    for path in files_of(Path(data), Run.current.state.path, settings.STATE):
        try:
            content = path.read_bytes()
        except FileNotFoundError:  # of a database that another test drops
            continue
        found |= {str(path): name for name, needle in wanted.items() if needle in content}
    return found


def files_of(*folders: Path) -> Iterator[Path]:
    seen = set()
    for folder in folders:
        for root, _, names in os.walk(folder):
            for name in names:
                path = Path(root) / name
                if path.is_file() and path not in seen and os.access(path, os.R_OK):
                    seen.add(path)
                    yield path


def statistics(superuser: psycopg.Connection[Any]) -> str:
    return str(superuser.execute("SELECT * FROM pg_stats").fetchall())


def require_nowhere(superuser: psycopg.Connection[Any], *marks: str) -> None:
    """In no file, dump or statistic; what is no secret is found in all three."""
    superuser.execute("ANALYZE")
    text, stats = dump(), statistics(superuser)
    for mark in marks:
        assert on_disk(superuser, mark) == {}
        assert mark.lower() not in text.lower()
        assert mark.lower() not in stats.lower()
    assert on_disk(superuser, OPEN) != {}
    assert OPEN in text
    assert OPEN in stats


def missing(company: Company, subject: UUID, mark: str) -> set[str]:
    """Sealed texts of the data map that the marker does not stand in."""
    absent = set()
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject, now=NOW
    ) as access:
        for holding in data_map().about_people():
            for name, attribute in sealed_attributes(holding.model_class).items():
                if isinstance(attribute, SealedText) and holding.model not in OWN_WAY:
                    values = [str(getattr(row, name)) for row in access.rows(holding.model_class)]
                    if not any(mark in value for value in values):
                        absent.add(f"{holding.model}.{name}")
    return absent


@pytest.fixture
def company(fresh_database: None) -> Company:
    found = a_company()
    # A clear column of which statistics are kept: a source's name, of several sources.
    for name in (OPEN, OPEN + "2"):
        a_verified_source(found, name)
    return found


def test_a_marker_in_every_personal_column(
    company: Company, superuser: psycopg.Connection[Any], tmp_path: Path
) -> None:
    anna, berta = a_marked_person(company, MARK), a_marked_person(company, OTHERS)
    for subject, mark in ((anna, MARK), (berta, OTHERS)):
        assert missing(company, subject, mark) == set()
    path = write(
        tmp_path, f"nome,cognome,email\n{IMPORTED},{IMPORTED},{IMPORTED}@x.example\n,,nix\n"
    )
    bring_in(company, path, a_verified_source(company, "CSV"))
    hold_on(company, berta)
    acts.copy_of(company, asked(company, anna, MARK, Right.ACCESS))
    require_nowhere(superuser, MARK, OTHERS, IMPORTED)
    request = asked(company, anna, MARK, Right.ERASURE)
    opens, before, tokens = (
        trial.hits(superuser, MARK, OTHERS),
        snapshot(company),
        tokens_of(company, anna),
    )
    for mark in (MARK, OTHERS):
        assert sealed_tables() <= {table for table, _row in opens[mark]}

    dpo = company.actor(Role.DPO)
    plan = erasure_right.plan(request.pk, dpo, NOW)
    erasure_right.approve(plan.pk, dpo, shown=plan.plan_hash, now=NOW)
    done = carried_out(company, plan.pk)
    assert done.state == "certified"
    (issued,) = certificates(company, plan.pk)
    require_nowhere(superuser, MARK, OTHERS, IMPORTED)
    require_opened_by_no_key(trial.hits(superuser, MARK, OTHERS), opens, done)
    require_nothing_else_changed(between(before, snapshot(company)), done, anna, tokens)

    everything = everything_readable(company)
    hits = places_of(everything, MARK)
    assert set(hits) <= kept(issued), hits
    assert sum(hits.values()) > 0, "an invoice and the request are kept, and can be read"
    others = places_of(everything, OTHERS)
    models = {h.model for h in data_map().about_people() if h.sealed()}
    assert models - {"dsar.AccessPackage", "dsar.SubjectRequest"} <= set(others)


def sealed_tables() -> set[str]:
    """The tables of people in which something is sealed, but for those filled in their own way."""
    return {h.table for h in data_map().about_people() if h.sealed() and h.model not in OWN_WAY}


def tokens_of(company: Company, subject: UUID) -> set[Row]:
    """The rows by which a person is found; no plan names them one by one."""
    with gate.duty(company.actor(Role.DPO), Duty.DISCOVERY, now=NOW):
        found = SearchToken.objects.filter(subject=subject).values_list("pk", flat=True)
        return {("registry_searchtoken", str(pk)) for pk in found}


def planned(done: Erasure, decision: str) -> set[Row]:
    return {
        (holding["table"], row)
        for holding in done.plan["holdings"]
        if holding["decision"] == decision
        for row in holding["rows"]
    }


def require_opened_by_no_key(
    opens: dict[str, set[Row]], opened: dict[str, set[Row]], done: Erasure
) -> None:
    """What any key still opens of the person is kept; of the other everything, as before."""
    beyond = opens[MARK] - planned(done, "kept")
    assert {table for table, _row in beyond} == {"dsar_correspondence"}, "the answer, addressed"
    assert opens[MARK] != set()
    assert opens[OTHERS] == opened[OTHERS]


def require_nothing_else_changed(
    found: Difference, done: Erasure, subject: UUID, tokens: set[Row]
) -> None:
    """To the byte, everybody else's rows too; `ADDED` names what an erasure itself writes."""
    assert found.gone == planned(done, "erased") | tokens
    anew = planned(done, "kept")  # sealed anew, where the scope they lie in lost something
    assert found.changed <= anew | {("registry_datasubject", str(subject))}
    assert {table for table, _row in found.new} == set(ADDED)


def hold_on(company: Company, subject: UUID) -> None:
    holds.place(
        company.staff[Role.DPO], subject, ground=HoldGround.LEGAL_CLAIM, reason=f"{OTHERS} reason",
        review_on=NOW.date() + timedelta(days=90), now=NOW,
    )  # fmt: skip


def kept(issued: dict[str, Any]) -> set[str]:
    """The models of which the certificate says that rows are kept."""
    titles = {record["title_en"] for record in issued["records"] if record["result"] == "kept"}
    return {holding.model for holding in data_map() if holding.title_en in titles}


def test_the_needles_are_what_encodings_make_of_the_marker() -> None:
    for shift in range(3):
        raw = b"x" * shift + MARK.encode() + b"yyyyy"
        assert needles(MARK)[f"{MARK} base64+{shift}"] in base64.b64encode(raw)
        assert len(needles(MARK)[f"{MARK} base64+{shift}"]) > len(MARK) / 2
    assert needles(MARK)[f"{MARK} hex"].decode() == MARK.encode().hex()
