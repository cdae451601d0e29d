"""Art. 22: a person looks again, hears the other side, and the decision can be contested."""

import pytest

from dsar import human_review_right
from dsar.errors import NothingSaidError, RequestStateError, SecondPersonError
from governance.policy.actors import system
from governance.policy.vocabulary import Right, Role
from tests.builders import NOW, Company, a_person
from tests.dsar.acts import ask_and_identify
from tests.scenarios.answering import LANGUAGES, the_letter

pytestmark = pytest.mark.django_db
WHY = "Ho visto le buste paga."


@LANGUAGES
@pytest.mark.parametrize("verdict", ["confirmed", "changed"])
def test_a_person_confirms_or_changes_it_and_says_why(
    company: Company, language: str, verdict: str
) -> None:
    a_person(company)
    request = ask_and_identify(company, Right.HUMAN_REVIEW, language=language)
    dpo = company.actor(Role.DPO)
    for nothing in ({"verdict": "maybe", "reasons": WHY}, {"verdict": verdict, "reasons": " "}):
        with pytest.raises(NothingSaidError):
            human_review_right.review(request.pk, by=dpo, now=NOW, **nothing)
    with pytest.raises(SecondPersonError):
        human_review_right.review(
            request.pk, verdict=verdict, reasons=WHY, by=system(company.controller.pk), now=NOW
        )
    done = human_review_right.review(request.pk, verdict=verdict, reasons=WHY, by=dpo, now=NOW)
    assert (done.state, done.handled_by_id) == ("fulfilled", dpo.staff)
    letter = the_letter(company, language)
    assert WHY in letter
    said = {
        ("it", "confirmed"): "confermata", ("it", "changed"): "modificata",
        ("en", "confirmed"): "confirmed", ("en", "changed"): "changed",
    }  # fmt: skip
    assert said[language, verdict] in letter
    with pytest.raises(RequestStateError):
        human_review_right.review(request.pk, verdict=verdict, reasons=WHY, by=dpo, now=NOW)
