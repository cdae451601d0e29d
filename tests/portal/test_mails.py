"""Requests by e-mail in the portal: what waits, what is proposed and why, and one click to decide."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from dsar.mail.receiving import receive
from dsar.models import Attachment, InboundMail, Mailbox, SubjectRequest
from governance.policy.vocabulary import Duty, Role
from registry.gate import opening as gate
from tests.builders import Company, a_person
from tests.dsar.attachments.hostile import PDF, docx, zipped
from tests.dsar.mails import a_mail
from tests.portal.conftest import As, ask, entries, new_entries


@pytest.fixture
def mail(company: Company, now: datetime) -> UUID:
    """A letter that came three days ago, with a file."""
    a_person(company, now=now)
    letter = a_mail(
        at=now - timedelta(days=3), files={"delega.pdf": PDF, "x.zip": zipped({"/x": b""})}
    )
    taken = receive(company.controller.pk, letter.as_bytes(), now=now)
    assert taken is not None
    return taken


def text_of(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined]


def test_the_list_says_what_waits_and_what_is_proposed(
    company: Company, mail: UUID, as_role: As, now: datetime
) -> None:
    robot = a_mail("Assente.", message_id="<r@x>", Auto_Submitted="auto-replied", at=now)
    receive(company.controller.pk, robot.as_bytes(), now=now)
    browser = as_role(Role.DPO)
    before = entries(company)
    text = text_of(browser.get(reverse("admin:mails")))
    assert "Anna Bianchi" in text
    assert "Richiesta di accesso" in text
    assert 'cu-warn">Access' in text
    assert "1 written by a machine" in text
    assert [entry.action for entry in new_entries(company, before)] == ["duty.performed"]


def test_an_auditor_sees_that_mails_wait_and_nobody_behind_them(mail: UUID, as_role: As) -> None:
    auditor = as_role(Role.AUDITOR)
    text = text_of(auditor.get(reverse("admin:mails")))
    assert "Access" in text
    assert "Bianchi" not in text
    assert auditor.get(reverse("admin:mail", args=[mail])).status_code == 403
    assert as_role(Role.AGENT).get(reverse("admin:mails")).status_code == 403


def test_the_page_says_why_and_one_click_makes_the_request(
    company: Company, mail: UUID, as_role: As, now: datetime
) -> None:
    browser = as_role(Role.LEGAL)
    text = text_of(browser.get(reverse("admin:mail", args=[mail])))
    assert "art. 15" in text
    assert "by the trace of our mail server" in text
    assert "delega.pdf" in text
    assert "because it contains links, or names that lead out of its folder" in text
    assert 'value="access" id="id_right_0" checked' in text.replace("\n", "")
    answer = browser.post(
        reverse("admin:mail_decide", args=[mail]),
        {"act": "accept", "right": ["access", "objection"], "language": "it",
         "name": "Anna Bianchi", "email": "anna.bianchi@example.it"},
    )  # fmt: skip
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=now) as access:
        made = list(access.rows(SubjectRequest).order_by("pk"))
        assert not access.rows(InboundMail).exists()
    assert [one.right for one in made] == ["access", "objection"]
    assert made[0].received_at == (now - timedelta(days=3)).replace(microsecond=0)
    assert answer.url.endswith(f"/{made[0].pk}/change/")  # type: ignore[attr-defined]
    shown = text_of(browser.get(answer.url))  # type: ignore[attr-defined]
    assert "delega.pdf" in shown
    assert "vi chiedo una copia" in shown


def test_without_a_right_nothing_is_recorded(mail: UUID, as_role: As) -> None:
    answer = as_role(Role.DPO).post(
        reverse("admin:mail_decide", args=[mail]), {"act": "accept", "email": "a@b.example"}
    )
    assert answer.status_code == 422
    assert "This field is required" in text_of(answer)


def test_set_aside_with_a_reason_and_taken_back(company: Company, mail: UUID, as_role: As) -> None:
    browser = as_role(Role.DPO)
    decide, page = (reverse(f"admin:{name}", args=[mail]) for name in ("mail_decide", "mail"))
    assert browser.post(decide, {"act": "decline"}).status_code == 400
    browser.post(decide, {"act": "decline", "reason": "business"})
    assert "Nothing waits" in text_of(browser.get(reverse("admin:mails")))
    assert "It was a request after all?" in text_of(browser.get(page))
    browser.post(decide, {"act": "take_back"})
    assert "It is a request" in text_of(browser.get(page))


def test_a_mail_goes_into_the_file_of_a_request_by_its_reference(
    company: Company, mail: UUID, as_role: As, now: datetime
) -> None:
    request = ask(company, "access", days=0, now=now)
    browser = as_role(Role.DPO)
    decide = reverse("admin:mail_decide", args=[mail])
    wrong = browser.post(decide, {"act": "file", "reference": "AAAA-BBBB-CCCC-DDDD"})
    assert wrong.status_code == 404
    typed = request.reference.lower().replace("-", " ")
    answer = browser.post(decide, {"act": "file", "reference": typed})
    assert str(request.pk) in answer.url  # type: ignore[attr-defined]


def test_what_waits_is_on_the_home_page_with_the_day_it_would_be_due(
    company: Company, mail: UUID, as_role: As, now: datetime
) -> None:
    Mailbox.objects.create(controller=company.controller, trouble="mailbox_not_read")
    text = text_of(as_role(Role.DPO).get(reverse("admin:index")))
    assert "1 e-mail to read" in text
    assert "The mailbox cannot be read" in text


# Files of a request


def test_a_file_is_added_downloaded_and_destroyed(
    company: Company, anna: SubjectRequest, as_role: As, now: datetime
) -> None:
    browser = as_role(Role.DPO)
    add = reverse("admin:request_file", args=[anna.pk])
    answer = browser.post(add, {"file": SimpleUploadedFile("déle ga.pdf", PDF, "text/html")})
    assert answer.status_code == 302
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=now) as access:
        (row,) = access.rows(Attachment)
    got = browser.post(reverse("admin:file_download", args=[row.pk]))
    assert got.content == PDF
    assert got["Content-Disposition"] == "attachment; filename*=UTF-8''d%C3%A9le%20ga.pdf"
    assert got["Content-Type"] == "application/pdf"
    assert got["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in got["Cache-Control"]
    gone = browser.post(reverse("admin:file_destroy", args=[row.pk]))
    assert str(anna.pk) in gone.url  # type: ignore[attr-defined]
    assert browser.post(reverse("admin:file_download", args=[row.pk])).status_code == 404


@pytest.mark.parametrize(
    ("content", "status", "says"),
    [
        (b" " * 21_000_000, 413, "20 MB"),
        (docx(word__vbaProject_DOT_bin=b"x"), 422, "macros"),
        (b"", 422, "it is empty"),
    ],
    ids=["large", "macros", "empty"],
)
def test_what_is_refused_says_why_and_what_to_do(
    anna: SubjectRequest, as_role: As, content: bytes, status: int, says: str
) -> None:
    add = reverse("admin:request_file", args=[anna.pk])
    answer = as_role(Role.DPO).post(add, {"file": SimpleUploadedFile("a.docx", content)})
    assert answer.status_code == status
    assert says in text_of(answer)


def test_60_megabytes_are_answered_with_the_limit_and_the_way_on(
    anna: SubjectRequest, as_role: As
) -> None:
    add = reverse("admin:request_file", args=[anna.pk])
    large = SimpleUploadedFile("a.pdf", b"%PDF-" + b"x" * 60_000_000)
    answer = as_role(Role.DPO).post(add, {"file": large})
    assert answer.status_code == 413
    assert "20 MB" in text_of(answer)
    assert "data carrier" in text_of(answer)


def test_who_may_not_answer_adds_and_opens_nothing(anna: SubjectRequest, as_role: As) -> None:
    for role in (Role.AUDITOR, Role.AGENT):
        add = reverse("admin:request_file", args=[anna.pk])
        said = {"file": SimpleUploadedFile("a.pdf", PDF)}
        assert as_role(role).post(add, said).status_code == 403
