"""Questions are answered by group, answers teach, and a confirmed one drafts the register change."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from crm.models import Interaction
from governance.policy.actors import system
from governance.policy.categories import Category
from governance.policy.vocabulary import Duty, Role
from registry import activities, answering, findings, learning
from registry.answering import Key
from registry.gate import opening as gate
from registry.learning import Precision
from registry.models import ActivityVersion, Finding, WaitingText
from registry.operations import FindingAnswerError
from retention import holds, masking
from tests.builders import NOW, Company, a_person, an_interaction

IBAN = "IT60X0542811101000000123456"
CARD = "4111 1111 1111 1111"
PLACE = "crm.Interaction.body"
CARDS = Key(PLACE, "payment_card", "free_text")
IBANS = Key(PLACE, "bank_account", "free_text")
NAMES = Key(PLACE, "name", "mention")


@pytest.fixture
def anna(company: Company) -> UUID:
    return a_person(company, orders=[date(2026, 1, 5)])


def write(company: Company, person: UUID, *bodies: str) -> None:
    for body in bodies:
        an_interaction(company, person, body=body)
    while findings.scan_written(company.controller.pk, now=NOW):
        continue


def bodies(company: Company) -> list[str]:
    with gate.duty(system(company.controller.pk), Duty.DISCOVERY, now=NOW):
        return [str(row.body) for row in Interaction.objects.order_by("pk")]


def answer(company: Company, key: Key, word: str) -> int:
    return answering.answer(key, word, by=company.staff[Role.DPO], now=NOW)


def test_questions_about_one_place_are_one_group(company: Company, anna: UUID) -> None:
    write(company, anna, f"Carta {CARD}", f"Carta {CARD} e {CARD}", f"IBAN {IBAN}")
    cards, ibans = answering.groups(company.controller.pk, now=NOW)
    assert (cards.key, cards.questions, cards.times) == (CARDS, 2, 3)
    assert (ibans.key, ibans.questions) == (IBANS, 1)
    assert cards.samples == ("••••••••",)
    assert cards.proposed == "masked"


@pytest.mark.parametrize(
    ("key", "used", "precision", "expected"),
    [
        (CARDS, {"payment_card"}, Precision(0, 0), "masked"),
        (Key(PLACE, "health", "special_category"), {"health"}, Precision(0, 0), "masked"),
        (IBANS, {"bank_account"}, Precision(0, 0), "confirmed"),
        (IBANS, {"email"}, Precision(0, 0), "masked"),
        (IBANS, {"bank_account"}, Precision(1, 4), "dismissed"),
        (IBANS, {"bank_account"}, Precision(0, 4), "confirmed"),
        (NAMES, set(), Precision(0, 0), "confirmed"),
        (Key("x › Conto", "bank_account", "undeclared_column"), set(), Precision(0, 0), "confirmed"),
        (Key("x › Fede", "health", "special_category"), set(), Precision(0, 0), "confirmed"),
        (Key("x › Pwd", "credentials", "refused_column"), set(), Precision(0, 0), "removed"),
    ],
)  # fmt: skip
def test_what_is_proposed_follows_from_the_register_and_from_answers(
    key: Key, used: set[str], precision: Precision, expected: str
) -> None:
    assert answering.propose(key, used=used, precision=precision) == expected


def test_masking_a_group_changes_its_texts_and_answers_it(company: Company, anna: UUID) -> None:
    write(company, anna, f"Carta {CARD}, IBAN {IBAN}", f"Anche {CARD}")
    done = masking.mask(CARDS, by=company.staff[Role.DPO], now=NOW)
    assert (done.answered, done.held) == (2, 0)
    assert bodies(company) == [f"Carta ••••••••, IBAN {IBAN}", "Anche ••••••••"]
    assert set(Finding.objects.values_list("category", "answer")) == {
        ("payment_card", "masked"), ("bank_account", ""),
    }  # fmt: skip
    assert Finding.objects.filter(answered_by=company.staff[Role.DPO]).count() == 2
    assert WaitingText.objects.count() == 2  # changed, and so read again


def test_a_text_under_a_hold_stays_as_it_is(company: Company, anna: UUID) -> None:
    luca = a_person(company, given="Luca", family="Moretti", orders=[date(2026, 1, 5)])
    write(company, anna, f"Carta {CARD}")
    write(company, luca, f"Carta {CARD}")
    holds.place(
        company.staff[Role.LEGAL], luca, ground=holds.HoldGround.LEGAL_CLAIM, reason="causa",
        review_on=NOW.date() + timedelta(days=90), now=NOW,
    )  # fmt: skip
    done = masking.mask(CARDS, by=company.staff[Role.DPO], now=NOW)
    assert (done.answered, done.held) == (1, 1)
    assert bodies(company) == ["Carta ••••••••", f"Carta {CARD}"]
    assert Finding.objects.filter(answer="").count() == 1


def test_what_is_no_text_or_a_name_is_not_masked(company: Company, anna: UUID) -> None:
    write(company, anna, "Ritira la merce mio cognato, il sig. Luca Moretti.")
    for key in (NAMES, CARDS, Key("x › y", "payment_card", "refused_column")):
        with pytest.raises(FindingAnswerError):
            masking.mask(key, by=company.staff[Role.DPO], now=NOW)


def test_a_false_alarm_counts_for_the_same_words_everywhere(company: Company, anna: UUID) -> None:
    shop = "Ritiro da sig. Luca Moretti."
    other = "Ritiro dal sig. Paolo Conti."
    write(company, anna, shop, shop, other)
    assert Finding.objects.filter(category="name").count() == 3
    words = Finding.objects.filter(category="name").order_by("row").values_list("words", flat=True)
    assert words[0] == words[1] != words[2]
    first = Finding.objects.filter(category="name").order_by("row")[0]
    answered = answering.answer(
        NAMES, "dismissed", by=company.staff[Role.DPO], now=NOW, rows=[first.row]
    )
    assert answered == 2
    write(company, anna, shop, other)
    assert Finding.objects.filter(category="name", answer="").count() == 2  # Conti, twice


def test_nearly_always_wrong_leaves_only_what_is_sure(company: Company) -> None:
    dpo = company.staff[Role.DPO]
    for place, category in (("a.B.c", "phone"), ("a.B.c", "health")):
        for n in range(10):
            Finding.objects.create(
                controller=company.controller, place=place, category=category, kind="free_text",
                row=UUID(int=n), answer="dismissed" if n else "confirmed", answered_by=dpo,
                answered_at=NOW,
            )  # fmt: skip
    taught = learning.learned(company.controller.pk)
    assert taught.least_score("a.B.c", Category.PHONE) == learning.SURE
    assert taught.least_score("a.B.c", Category.HEALTH) == 0  # one that is missed weighs more
    assert taught.least_score("a.B.d", Category.PHONE) == 0
    ((month, precision),) = learning.by_month(company.controller.pk, since=NOW - timedelta(days=9))
    assert (month.month, precision.real, precision.false, precision.percent) == (
        NOW.month, 2, 18, 10,
    )  # fmt: skip


def test_what_answered_itself_teaches_nothing(company: Company) -> None:
    Finding.objects.create(
        controller=company.controller, place="x", category="name", kind="mention", answer="removed",
        answered_at=NOW,
    )  # fmt: skip
    assert learning.by_place(company.controller.pk) == {}


def test_a_confirmed_group_drafts_the_change_of_an_activity(company: Company, anna: UUID) -> None:
    write(company, anna, f"Carta {CARD}")
    (version, *_rest) = activities.all_in_force(company.controller.pk, at=NOW)
    assert "payment_card" not in version.categories
    drafted = answering.declare(CARDS, version, by=company.staff[Role.DPO], now=NOW)
    stored = ActivityVersion.objects.get(pk=drafted.pk)
    assert (stored.state, stored.activity_id) == ("draft", version.activity_id)
    assert set(stored.categories) == {*version.categories, "payment_card"}
    assert Finding.objects.get().answer == "confirmed"
    assert "payment_card" not in ActivityVersion.objects.get(pk=version.pk).categories


@pytest.mark.parametrize("word", ["masked", "came_back", "nonsense", ""])
def test_a_word_that_is_no_answer_is_refused(company: Company, anna: UUID, word: str) -> None:
    write(company, anna, "Ritira il sig. Luca Moretti.")
    with pytest.raises(FindingAnswerError):
        answer(company, NAMES, word)
    assert answer(company, NAMES, "confirmed") == 1
    with pytest.raises(FindingAnswerError):
        answer(company, NAMES, "confirmed")  # nothing is open any more
