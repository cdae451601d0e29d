"""ST3, ST4 at the desk: what was computed, how well, and who was left out."""

from datetime import datetime
from html import unescape

import pytest
from django.urls import reverse

from crm.models import ScoreRun
from governance.policy.vocabulary import Role
from tests.builders import Company, a_consent, a_person
from tests.crm.console.conftest import At, show_every_count

pytestmark = pytest.mark.django_db(databases=["default", "keys", "auditor"])


def test_st4_runs_are_shown_with_their_quality_and_whom_they_left_out(
    company: Company, now: datetime, at_desk: At
) -> None:
    ada = a_person(company, given="Ada", now=now, orders=[now.date()])
    a_person(company, given="Bea", family="Neri", now=now, orders=[now.date()])
    a_consent(company, ada, purpose="profiling", at=now)
    browser = at_desk(Role.ANALYST, "profiling")
    compute, address = reverse("desk:score_compute"), reverse("desk:scores")
    assert "Not computed for this purpose yet." in browser.get(address).content.decode()
    for kind in ("churn", "offer", "astrology"):
        browser.post(compute, {"kind": kind})
    assert set(ScoreRun.objects.values_list("score_kind", flat=True)) == {"churn", "offer"}
    hidden = unescape(browser.get(address).content.decode())
    assert "has not consented" in hidden
    assert "<dd>1</dd>" not in hidden, "small counts are hidden"
    show_every_count(company)
    shown = unescape(browser.get(address).content.decode())
    assert "<dd>1</dd>" in shown
    assert "Ada" not in shown
    assert at_desk(Role.AGENT, "customer_care").get(address).status_code == 403
