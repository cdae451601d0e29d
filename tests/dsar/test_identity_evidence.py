"""A document of identity: seldom, sealed, shown once, destroyed, and never longer than it may be."""

from base64 import b64encode
from datetime import datetime, timedelta

import pytest

from dsar import identity_evidence, requests
from dsar.errors import NotIdentifiedError, RequestNotFoundError
from dsar.identity_errors import DocumentRefusedError
from dsar.models import IdentityEvidence, SubjectRequest
from governance.policy.vocabulary import Duty
from registry.gate import opening as gate
from tests.builders import NOW, Company
from tests.dsar.asking import OTHER_ADDRESS, Scene

PAPER = b"%PDF-1.7 carta d'identita"


def filed(s: Scene, **said: object) -> tuple[SubjectRequest, IdentityEvidence]:
    request = s.ask(OTHER_ADDRESS, subject=s.anna())
    about = {"was_asked": False, "by": s.dpo, "now": NOW} | said
    return request, identity_evidence.take_in(request.pk, "identity", PAPER, **about)


def stored(s: Scene, row: IdentityEvidence, now: datetime = NOW) -> IdentityEvidence:
    with gate.duty(s.dpo, Duty.ANSWERING, reference=row.pk, now=now) as access:
        found = access.rows(IdentityEvidence).get(pk=row.pk)
        found.content_now = found.content or ""
        return found


def test_it_is_shown_once_and_destroyed_with_that(company: Company) -> None:
    s = Scene(company)
    request, row = filed(s)
    assert b64encode(PAPER).decode() == stored(s, row).content_now
    assert PAPER not in bytes(stored(s, row).sealed)
    with pytest.raises(RequestNotFoundError):  # nobody looked yet
        identity_evidence.accept(row.pk, by=s.dpo, now=NOW)
    assert identity_evidence.look(row.pk, by=s.dpo, now=NOW) == PAPER
    after = stored(s, row)
    assert (after.content_now, after.destroyed_at, after.seen_by_id) == ("", NOW, s.dpo.staff)
    with pytest.raises(RequestNotFoundError):
        identity_evidence.look(row.pk, by=s.dpo, now=NOW)
    with pytest.raises(NotIdentifiedError):  # seen is not accepted
        s.release(request, s.colleague)
    identity_evidence.accept(row.pk, by=s.dpo, now=NOW)
    s.gets(request)
    assert s.packages() == 1


def test_nobody_asks_for_one_without_saying_why(company: Company) -> None:
    s = Scene(company)
    request = s.ask(subject=s.anna())
    about = {"by": s.dpo, "now": NOW}
    wrong = [
        ("identity", PAPER, {"was_asked": True}), ("passport", PAPER, {"was_asked": False}),
        ("identity", b"", {"was_asked": False}),
        ("identity", b"x" * (identity_evidence.LARGEST + 1), {"was_asked": False}),
    ]  # fmt: skip
    for kind, content, said in wrong:
        with pytest.raises(DocumentRefusedError):
            identity_evidence.take_in(request.pk, kind, content, **said, **about)
    identity_evidence.take_in(
        request.pk, "identity", PAPER, was_asked=True, reason="Nessun recapito noto", **about
    )


@pytest.mark.parametrize("ending", ["identified", "closed", "forgotten"])
def test_what_nobody_looked_at_goes_by_itself(company: Company, ending: str) -> None:
    s = Scene(company)
    request, row = filed(s)
    days = 30
    if ending == "identified":
        s.says(request, "in_person")
        days = 7
    if ending == "closed":
        said = {"ground": "identity_not_proven", "reasons": "Nessuna risposta."}
        requests.refuse(request.pk, **said, by=s.dpo, now=NOW)
        days = 7
    controller = company.controller.pk
    before, then = NOW + timedelta(days=days - 1), NOW + timedelta(days=days)
    assert identity_evidence.destroy_due(controller, now=before) == 0
    assert stored(s, row, before).content_now
    assert identity_evidence.destroy_due(controller, now=then) == 1
    after = stored(s, row, then)
    assert (after.content_now, after.destroyed_at, after.seen_at) == ("", then, None)
    assert identity_evidence.destroy_due(controller, now=then) == 0
