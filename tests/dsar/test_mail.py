"""Requests by e-mail: taken once, proposed, accepted by a person, counted from the true receipt."""

from datetime import date, timedelta
from io import BytesIO
from uuid import UUID

import pytest
from django.core import mail as outbox
from django.utils import translation

from audit.models import Entry
from dsar import attaching, correspondence, requests
from dsar.attachments import keeping
from dsar.attachments.errors import AttachmentNotFoundError, FileRefusedError, FileTooLargeError
from dsar.errors import ContactMissingError, RequestNotFoundError, UnknownRightError
from dsar.identity import Requester
from dsar.mail import deciding
from dsar.mail.errors import DeclineReasonError, MailNotFoundError, MailStateError
from dsar.mail.receiving import Arrival, receive
from dsar.models import (
    Attachment,
    AttachmentPart,
    Correspondence,
    InboundMail,
    SubjectRequest,
)
from governance.policy.vocabulary import Duty, Role, SubjectKind, SubjectStatus
from registry.gate import opening as gate
from registry.models import ConsentStanding, DataSubject, Objection
from tests.builders import NOW, Company, a_consent, a_person
from tests.dsar import acts
from tests.dsar.attachments.hostile import PDF, png, zipped
from tests.dsar.mails import ASKS, a_mail, certified

pytestmark = pytest.mark.django_db
HERE = Arrival(own_hosts=("mx.acme.example",))
ANNA = Requester("Anna Bianchi", "anna.bianchi@example.it", "", ASKS)
LATER = NOW + timedelta(days=12)


def come(company: Company, mail=None, *, now=NOW, arrival: Arrival = HERE) -> UUID:
    taken = receive(company.controller.pk, (mail or a_mail()).as_bytes(), arrival=arrival, now=now)
    assert taken is not None
    return taken


def accept(
    company: Company, mail_id: UUID, *rights: str, now=NOW, who=ANNA
) -> list[SubjectRequest]:
    return deciding.accept(
        mail_id, rights=rights or ("access",), language="it", requester=who,
        by=company.actor(Role.DPO), now=now,
    )  # fmt: skip


def mail_of(company: Company, mail_id: UUID) -> dict[str, object] | None:
    """The row and what is sealed in it."""
    with gate.duty(company.actor(Role.DPO), Duty.ANSWERING, reference=mail_id, now=NOW) as access:
        row = access.rows(InboundMail).filter(pk=mail_id).first()
        if row is None:
            return None
        sealed = ("sender_name", "sender_address", "subject_line", "body", "message_id")
        return {**vars(row), **{name: getattr(row, name) for name in sealed}}


def files_of(company: Company) -> list[tuple[str, str, str, int]]:
    with gate.duty(company.actor(Role.DPO), Duty.ANSWERING, reference=company.controller.pk,
                   now=NOW) as access:  # fmt: skip
        rows = access.rows(Attachment).order_by("pk")
        return [(row.name or "", row.type, row.refused, row.size) for row in rows]


def test_a_mail_is_read_sealed_and_proposed(company: Company) -> None:
    anna = a_person(company)
    mail = mail_of(company, come(company, now=LATER))
    assert mail
    assert (mail["subject_id"], mail["state"], mail["automatic"]) == (anna, "waiting", "")
    assert (mail["verdict"], mail["rights"], mail["language"]) == ("request", "access", "it")
    assert (mail["received_at"], mail["dated_by"]) == (NOW, "received")
    assert (mail["sender_address"], mail["body"]) == ("anna.bianchi@example.it", ASKS.strip())
    assert b"Bianchi" not in bytes(mail["sealed"])
    assert outbox.outbox == [], "nobody is answered by a machine"


def test_the_same_message_is_taken_once(company: Company) -> None:
    come(company)
    here = company.controller.pk
    assert receive(here, a_mail().as_bytes(), arrival=HERE, now=LATER) is None
    forged = a_mail("Voglio cancellare i miei dati.").as_bytes()
    assert receive(here, forged, arrival=HERE, now=LATER) is not None, "one id, another letter"


def test_accepted_late_it_counts_from_its_true_receipt(company: Company) -> None:
    anna = a_person(company)
    mail_id = come(company, now=LATER)
    (made,) = accept(company, mail_id, now=LATER)
    assert (made.received_at, made.received_on) == (NOW, NOW.date())
    assert made.due_on == date(2026, 12, 23)
    assert (made.subject_id, made.channel, made.identity) == (anna, "email", "unverified")
    assert mail_of(company, mail_id) is None
    with gate.duty(company.actor(Role.DPO), Duty.ANSWERING, reference=made.pk, now=LATER) as access:
        (letter,) = access.rows(Correspondence)
        assert (letter.direction, letter.sent_at, letter.body) == ("in", NOW, ASKS.strip())
        evidence = access.rows(SubjectRequest).get(pk=made.pk).evidence
        assert evidence is not None
        assert "one@example.it" in evidence
        assert "2026-11-23T10:00:00+01:00" in evidence


def test_the_date_of_a_sender_is_never_believed(company: Company) -> None:
    mail = a_mail()
    del mail["Received"]
    boxed = Arrival(in_mailbox_at=NOW - timedelta(days=1))
    assert mail_of(company, come(company, mail, arrival=boxed))["received_at"] == NOW - timedelta(
        days=1
    )  # type: ignore[index]
    mail.replace_header("Message-ID", "<two@example.it>")
    assert mail_of(company, come(company, mail, arrival=Arrival()))["received_at"] == NOW  # type: ignore[index]


def test_nothing_comes_later_than_now(company: Company) -> None:
    mail = mail_of(company, come(company, a_mail(at=NOW + timedelta(days=3))))
    assert mail
    assert mail["received_at"] == NOW


def test_several_rights_in_a_mail_become_linked_requests(company: Company) -> None:
    made = accept(company, come(company), "access", "erasure")
    assert [request.right for request in made] == ["access", "erasure"]
    assert {request.family for request in made} == {made[0].pk}


def test_an_objection_takes_effect_when_it_is_accepted(company: Company) -> None:
    anna = a_person(company)
    mail_id = come(company, a_mail("Non voglio più ricevere la vostra pubblicità."), now=LATER)
    with gate.duty(company.actor(Role.DPO), Duty.ANSWERING, reference=mail_id, now=LATER):
        assert not Objection.objects.exists(), "a machine stops nothing by itself"
    accept(company, mail_id, "objection", now=LATER)
    with gate.duty(company.actor(Role.DPO), Duty.ANSWERING, reference=mail_id, now=LATER):
        (objection,) = Objection.objects.all()
        assert (objection.subject_id, objection.to_marketing) == (anna, True)


def test_a_withdrawal_takes_effect_when_it_is_accepted(company: Company) -> None:
    anna = a_person(company)
    a_consent(company, anna, at=NOW - timedelta(days=1))
    mail_id = come(company, a_mail("Revoco il consenso alla newsletter."), now=LATER)
    accept(company, mail_id, "withdrawal", now=LATER)
    with gate.duty(company.actor(Role.DPO), Duty.ANSWERING, reference=mail_id, now=LATER):
        assert ConsentStanding.objects.get(subject=anna).state == "withdrawn"


def test_a_stranger_has_a_file_of_their_own_and_the_first_one_is_closed(company: Company) -> None:
    mail_id = come(company, a_mail(sender="Nessuno <nobody@example.it>"))
    mail = mail_of(company, mail_id)
    assert mail
    (made,) = accept(company, mail_id, who=Requester("Nessuno", "nobody@example.it"))
    assert made.is_held is False
    assert made.subject_id != mail["subject_id"]
    with gate.duty(company.actor(Role.DPO), Duty.ANSWERING, reference=made.pk, now=NOW):
        statuses = dict(
            DataSubject.objects.filter(kind=SubjectKind.REQUESTER).values_list("pk", "status")
        )
    assert statuses == {
        mail["subject_id"]: SubjectStatus.ERASING, made.subject_id: SubjectStatus.ACTIVE,
    }  # fmt: skip


def test_who_dies_between_the_two_steps_leaves_one_request(company: Company) -> None:
    a_person(company)
    mail_id = come(company)
    mail = mail_of(company, mail_id)
    assert mail
    requests.receive_all(
        company.actor(Role.DPO), rights=["access"], channel="email", received_at=NOW,
        language="it", requester=ANNA, evidence="x", reference=str(mail["reference"]), now=NOW,
    )  # fmt: skip
    (made,) = accept(company, mail_id)
    assert made.reference == mail["reference"]
    assert mail_of(company, mail_id) is None
    with gate.duty(company.actor(Role.DPO), Duty.ANSWERING, reference=mail_id, now=NOW):
        assert SubjectRequest.objects.count() == 1
        assert Correspondence.objects.count() == 1


def test_what_cannot_be_accepted_waits_on(company: Company) -> None:
    mail_id = come(company)
    for error, rights, who in (
        (UnknownRightError, ["all"], ANNA), (ContactMissingError, ["access"], Requester("x")),
    ):  # fmt: skip
        with pytest.raises(error):
            accept(company, mail_id, *rights, who=who)
    assert mail_of(company, mail_id) is not None
    accept(company, mail_id)
    with pytest.raises(MailNotFoundError):
        accept(company, mail_id)


def test_an_answer_to_our_letter_goes_into_its_file(company: Company) -> None:
    a_person(company)
    request = acts.ask(company)
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, reference=request.pk, now=NOW
    ) as access:
        ours = correspondence.post(
            access, request, kind="question_scope", subject_line="Quali dati?", body="?"
        )
    answer = a_mail(
        "Tutti.", subject="Re: Quali dati?", sender="Segreteria <other@example.it>",
        In_Reply_To=f"<{ours.pk.hex}@custode.invalid>", files={"carta.pdf": PDF},
    )  # fmt: skip
    mail_id = come(company, answer)
    mail = mail_of(company, mail_id)
    assert mail
    assert (mail["letter"], mail["subject_id"]) == (ours.pk, request.subject_id)
    deciding.file_with(mail_id, request.pk, by=company.actor(Role.LEGAL), now=NOW)
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, reference=request.pk, now=NOW
    ) as access:
        said = [row.body for row in access.rows(Correspondence).filter(direction="in")]
        assert said == ["Tutti."]
        (file,) = access.rows(Attachment)
        assert (file.request_id, file.mail_id, file.name) == (request.pk, None, "carta.pdf")


def test_a_letter_is_not_filed_with_a_request_that_is_not_there(company: Company) -> None:
    mail_id = come(company)
    with pytest.raises(RequestNotFoundError):
        deciding.file_with(mail_id, mail_id, by=company.actor(Role.DPO), now=NOW)
    assert mail_of(company, mail_id) is not None


def test_what_a_machine_wrote_is_set_apart_and_answered_by_nobody(company: Company) -> None:
    for number, (headers, word) in enumerate(
        [({"Auto_Submitted": "auto-replied"}, "reply"), ({"Return_Path": "<>"}, "bounce"),
         ({"message_id": f"<{'a' * 32}@custode.invalid>"}, "loop")],
    ):  # fmt: skip
        said = {"message_id": f"<{number}@x>"} | headers
        mail = mail_of(company, come(company, a_mail(**said)))
        assert mail
        assert (mail["automatic"], mail["state"]) == (word, "waiting")
    correspondence.deliver(company.controller.pk, now=LATER)
    assert outbox.outbox == []


def test_no_request_is_set_aside_for_a_reason_and_can_be_taken_back(company: Company) -> None:
    dpo = company.actor(Role.DPO)
    mail_id = come(company, a_mail("Dov'è il mio pacco?", files={"foto.png": png()}))
    with pytest.raises(DeclineReasonError):
        deciding.decline(mail_id, "", by=dpo, now=NOW)
    deciding.decline(mail_id, "business", by=dpo, now=NOW)
    with pytest.raises(MailStateError):
        accept(company, mail_id)
    deciding.take_back(mail_id, by=dpo, now=LATER)
    assert accept(company, mail_id, now=LATER)[0].received_on == NOW.date()


def test_what_was_set_aside_goes_after_a_month(company: Company) -> None:
    here = company.controller.pk
    mail_id = come(company, a_mail(sender="x@example.it", files={"foto.png": png()}))
    deciding.decline(mail_id, "business", by=company.actor(Role.DPO), now=NOW)
    assert deciding.remove_declined(here, now=NOW + timedelta(days=30)) == 0
    assert deciding.remove_declined(here, now=NOW + timedelta(days=31)) == 1
    with gate.duty(company.actor(Role.DPO), Duty.ANSWERING, reference=mail_id, now=NOW):
        for model in (InboundMail, Attachment, AttachmentPart):
            assert not model.objects.exists()
        (stranger,) = DataSubject.objects.filter(kind=SubjectKind.REQUESTER)
        assert stranger.status == SubjectStatus.ERASING


def test_the_log_says_what_became_of_a_mail_and_not_what_it_says(company: Company) -> None:
    a_person(company)
    accept(company, come(company))
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW):
        entries = list(Entry.objects.filter(action__startswith="mail.").order_by("at", "id"))
        assert [entry.action for entry in entries] == ["mail.received", "mail.accepted"]
        assert all(b"ianchi" not in bytes(entry.entry) for entry in entries)


# Files


def test_files_are_looked_at_and_what_is_refused_is_told_by_name(company: Company) -> None:
    a_person(company)
    hostile = zipped({"../../x": b"x"})
    mail_id = come(company, a_mail(files={"delega.pdf": PDF, "foto.jpg": png(), "x.zip": hostile}))
    said = [
        ("delega.pdf", "pdf", "", len(PDF)), ("foto.jpg", "png", "", len(png())),
        ("x.zip", "", "path", len(hostile)),
    ]  # fmt: skip
    assert files_of(company) == said
    (made,) = accept(company, mail_id)
    assert files_of(company) == said
    with gate.duty(company.actor(Role.DPO), Duty.ANSWERING, reference=made.pk, now=NOW) as access:
        assert {row.request_id for row in access.rows(Attachment)} == {made.pk}
        assert {row.subject_id for row in AttachmentPart.objects.all()} == {made.subject_id}


def test_a_file_comes_out_as_it_went_in(company: Company) -> None:
    request, dpo = acts.ask(company), company.actor(Role.DPO)
    content = b"Ciao. " * 500_000  # three parts

    row = keeping.add(
        request.pk, "C:\\a/nota.txt", BytesIO(content), size=len(content), by=dpo, now=NOW
    )
    handed = keeping.open_file(row.pk, by=dpo, now=NOW)
    assert (handed.name, handed.type, handed.content) == ("nota.txt", "text", content)
    keeping.destroy(row.pk, by=dpo, now=NOW)
    with pytest.raises(AttachmentNotFoundError):
        keeping.open_file(row.pk, by=dpo, now=NOW)


@translation.override("it")
def test_60_megabytes_are_refused_with_the_limit_and_the_way_on(company: Company) -> None:
    request, dpo = acts.ask(company), company.actor(Role.DPO)
    with pytest.raises(FileTooLargeError) as refused:
        keeping.add(request.pk, "a.pdf", BytesIO(PDF), size=60_000_000, by=dpo, now=NOW)
    assert "20 MB" in str(refused.value)
    assert "più file" in str(refused.value)
    with pytest.raises(FileRefusedError) as refused_file:
        keeping.add(request.pk, "a.pdf", BytesIO(b"MZ" * 50), size=100, by=dpo, now=NOW)
    assert "si può eseguire" in str(refused_file.value)
    assert files_of(company) == []


def test_files_end_with_their_request_and_go_with_it_to_its_person(company: Company) -> None:
    two = [a_person(company, given=name, email="casa@example.it") for name in ("Ada", "Ivo")]
    mail_id = come(company, a_mail(sender="Famiglia <casa@example.it>", files={"delega.pdf": PDF}))
    (made,) = accept(company, mail_id, who=Requester("", "casa@example.it"))
    assert made.identity == requests.AMBIGUOUS
    dpo = company.actor(Role.DPO)
    attaching.attach(made.pk, two[1], by=dpo, now=NOW)
    requests.identify(made.pk, "known_contact", by=dpo, now=NOW)
    requests.refuse(made.pk, ground="identity_not_proven", reasons="No", by=dpo, now=NOW)
    with gate.duty(dpo, Duty.ANSWERING, reference=made.pk, now=NOW) as access:
        (file,) = access.rows(Attachment)
        (part,) = access.rows(AttachmentPart)
        assert {file.subject_id, part.subject_id} == {two[1]}
        assert {file.closed_on, part.closed_on} == {NOW.date()}
        assert file.name == "delega.pdf"


def test_the_next_copy_names_the_files_and_the_mails_that_wait(company: Company) -> None:
    a_person(company)
    accept(company, come(company, a_mail(files={"delega.pdf": PDF})))
    come(company, a_mail("Ancora.", message_id="<three@x>"))
    request = acts.ask_and_identify(company)
    groups = {
        g["record"]: g["rows"] for g in acts.data_of(acts.copy_of(company, request))["groups"]
    }
    (file,) = groups["dsar.Attachment"]
    shown = {name: cell["value"] for name, cell in file["fields"].items()}
    assert (shown["name"], shown["size"]) == ("delega.pdf", len(PDF))
    assert shown["added_at"].startswith("2026-11-23")
    assert [row["fields"]["body"]["value"] for row in groups["dsar.InboundMail"]] == ["Ancora."]
    assert "dsar.AttachmentPart" not in groups


def test_certified_mail_is_a_letter_of_its_sender(company: Company) -> None:
    anna = a_person(company)
    mail = mail_of(company, come(company, certified(a_mail())))
    assert mail
    assert (mail["subject_id"], mail["rights"], mail["automatic"]) == (anna, "access", "")
