"""The figures of a year, each counted by hand."""

from datetime import UTC, date, datetime

from dsar import (
    complaints,
    erasure_right,
    lateness,
    replies,
    requests,
    restriction_right,
    second_person,
    statistics,
    timekeeping,
)
from dsar.identity import Requester
from dsar.statistics import Year
from governance.policy.actors import system
from governance.policy.vocabulary import Duty, Right, Role
from registry.gate import opening as gate
from tests.builders import NOW, Company, a_person
from tests.dsar.acts import ask_and_identify, fulfilled

LATER = datetime(2027, 2, 1, 10, tzinfo=UTC)


def on(day: int, month: int, year: int = 2026) -> datetime:
    return datetime(year, month, day, 10, tzinfo=UTC)


def a_year(company: Company) -> None:
    """Nine requests: eight received on 23 November 2026, one in January 2027."""
    a_person(company, orders=[date(2026, 3, 2)])
    dpo, legal = company.actor(Role.DPO), company.actor(Role.LEGAL)

    fulfilled(company, ask_and_identify(company), now=on(25, 11))  # 2 days

    in_part = ask_and_identify(company)
    said = {"ground": "trade_secret", "reasons": "Una ricetta."}
    part = second_person.propose_part(in_part.pk, record="crm.Contact", **said, by=dpo, now=NOW)
    second_person.decide(part.pk, accept=True, by=legal, now=NOW)
    fulfilled(company, in_part, now=on(30, 11))  # 7 days

    (refused,) = requests.receive_all(
        dpo, rights=["access"], channel="phone", received_at=NOW, language="it",
        requester=Requester("", "chi@example.it", "", ""), now=NOW,
    )  # fmt: skip
    why = {"ground": "identity_not_proven", "reasons": "Nessuna risposta."}
    requests.refuse(refused.pk, **why, by=dpo, now=on(1, 12))  # 8 days
    complaints.note(refused.pk, date(2026, 12, 5), by=dpo, now=on(6, 12))

    erased = ask_and_identify(company, Right.ERASURE)
    erasure_right.plan(erased.pk, dpo, NOW)  # the order stays, Art. 17(3)(b)
    machine = system(company.controller.pk)
    with gate.duty(machine, Duty.ANSWERING, reference=erased.pk, now=on(29, 11)) as access:
        row = requests.get(access, erased.pk)
        requests.close(row, "fulfilled", by=machine, now=on(29, 11))  # 6 days

    asked = ask_and_identify(company, Right.QUESTION)
    lateness.explain(asked.pk, "overlooked", "Finita nello spam.", by=dpo, now=on(28, 12))
    replies.reply(asked.pk, "Ecco.", by=dpo, now=on(28, 12))  # 35 days

    extended = ask_and_identify(company, Right.RESTRICTION)
    timekeeping.extend(
        extended.pk, ground="complexity", reasons="Dieci archivi.",
        notice_sent_on=date(2026, 12, 10), by=dpo, now=on(10, 12),
    )  # fmt: skip
    restriction_right.grant(extended.pk, "a", by=dpo, now=on(15, 1, 2027))  # 53 days

    ask_and_identify(company, Right.OBJECTION)  # open, and late from 24 December on
    stood = ask_and_identify(company, Right.HUMAN_REVIEW)
    doubt = {"question": "Quale decisione?", "sent_on": date(2026, 11, 25)}
    timekeeping.ask(stood.pk, "specification_asked", **doubt, by=dpo, now=on(25, 11))
    ask_and_identify(company, Right.ACCESS, now=on(10, 1, 2027))
    lateness.mark(company.controller.pk, now=on(20, 1, 2027))


def figures(company: Company, year: int) -> Year:
    with gate.duty(company.actor(Role.AUDITOR), Duty.SUPERVISION, now=LATER) as access:
        return statistics.of_year(access, year)


def test_each_figure_is_what_was_counted_by_hand(company: Company) -> None:
    a_year(company)
    found = figures(company, 2026)
    assert found.total.received == 8
    assert found.total.outcomes == {"fulfilled": 3, "in_part": 2, "refused": 1, "open": 2}
    assert found.total.timings == {"on_time": 4, "late": 1, "extended": 1}
    assert found.total.open_late == 1
    assert (found.total.median_days, found.total.longest_days) == (7.5, 53)  # 2 6 7 8 35 53
    access = found.rights[Right.ACCESS]
    assert (access.received, access.outcomes) == (
        3, {"fulfilled": 1, "in_part": 1, "refused": 1},
    )  # fmt: skip
    assert (access.median_days, access.longest_days) == (7, 8)
    assert found.rights[Right.ERASURE].outcomes == {"in_part": 1}
    assert found.channels == {"email": 7, "phone": 1}
    assert found.refusals == {"identity_not_proven": 1}
    assert found.parts == {"trade_secret": 1}
    assert found.delays == {"overlooked": 1, "": 1}
    assert (found.complaints, found.years) == (1, [2026, 2027])


def test_a_request_counts_in_the_year_of_its_receipt(company: Company) -> None:
    a_year(company)
    found = figures(company, 2027)
    assert (found.total.received, found.total.outcomes) == (1, {"open": 1})
    assert (found.total.median_days, found.total.longest_days) == (None, None)
    assert figures(company, 2025).total.received == 0
