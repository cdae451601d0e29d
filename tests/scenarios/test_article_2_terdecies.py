"""Art. 2-terdecies D.Lgs. 196/2003: the rights of Art. 15-22 of a person who has died."""

from datetime import timedelta
from uuid import UUID

import pytest

from dsar import access_right, deaths, representation
from dsar.errors import NothingSaidError
from dsar.identity_errors import ForbiddenByDeceasedError, ProhibitionRefusedError
from dsar.models import Death, PostMortemProhibition
from governance.policy.identity import Behalf
from governance.policy.vocabulary import Channel, ConsentState, Duty, Operation, Right, Role
from registry.gate import opening as gate
from registry.gate.disclosing import To
from registry.gate.errors import GateRefusedError
from registry.models import ConsentStanding
from tests.builders import NOW, Company, a_consent
from tests.dsar.acts import copy_of, data_of
from tests.dsar.asking import OTHER_ADDRESS, Scene

TODAY = NOW.date()
BEFORE = TODAY - timedelta(days=400)


def forbids(s: Scene, subject: UUID, *rights: str, **said: object) -> PostMortemProhibition:
    about = {
        "statement": "Dopo la mia morte nessuno legga le mie lettere.", "said_on": BEFORE,
        "is_free_and_informed": True, "by": s.dpo, "now": NOW,
    } | said  # fmt: skip
    return deaths.prohibit(subject, rights or ["access"], **about)


def dies(s: Scene, subject: UUID, **said: object) -> Death:
    about = {"died_on": TODAY, "evidence": "Certificato del Comune di Torino"} | said
    return deaths.record(subject, **about, by=s.dpo, now=NOW)


def heir(s: Scene, subject: UUID, right: Right = Right.ACCESS, capacity: str = "family"):
    request = s.ask(
        OTHER_ADDRESS, name="Carla", subject=subject, right=right, behalf=Behalf.DECEASED
    )
    representation.verify(
        request.pk, evidence="Stato di famiglia", capacity=capacity, died_on=TODAY, by=s.dpo,
        now=NOW,
    )  # fmt: skip
    return request


@pytest.mark.parametrize("capacity", ["own_interest", "protection", "family"])
def test_1_the_rights_are_used_by_whoever_has_one_of_three_capacities(
    company: Company, capacity: str
) -> None:
    s = Scene(company)
    copy = copy_of(company, heir(s, s.anna(), capacity=capacity))
    held = {group["record"] for group in data_of(copy)["groups"]}
    assert {"dsar.Death", "dsar.Representation", "crm.Contact"} <= held
    assert "Stato di famiglia" in copy["data.json"].decode()


def test_1_without_a_capacity_nothing_is_shown(company: Company) -> None:
    s = Scene(company)
    request = s.ask(OTHER_ADDRESS, subject=s.anna(), behalf=Behalf.DECEASED)
    for said in (
        {"capacity": "curious"},
        {"capacity": ""},
        {"capacity": "family", "evidence": " "},
    ):
        with pytest.raises(NothingSaidError):
            representation.verify(request.pk, **({"evidence": "Un atto"} | said), by=s.dpo, now=NOW)


def test_2_and_3_a_prohibition_names_rights_and_binds_those(company: Company) -> None:
    s = Scene(company)
    anna = s.anna()
    forbids(s, anna, "access", "portability")
    with pytest.raises(ForbiddenByDeceasedError):
        access_right.fulfil(heir(s, anna).pk, s.dpo, NOW)
    assert s.assessed(heir(s, anna, Right.RECTIFICATION)).is_enough  # it was partial


@pytest.mark.parametrize(
    "said",
    [
        {"statement": "  "}, {"is_free_and_informed": False},
        {"said_on": TODAY + timedelta(days=1)},
    ],
)  # fmt: skip
def test_3_it_is_unequivocal_specific_free_and_informed(
    company: Company, said: dict[str, object]
) -> None:
    s = Scene(company)
    anna = s.anna()
    with pytest.raises(ProhibitionRefusedError):
        forbids(s, anna, **said)
    with pytest.raises(ProhibitionRefusedError):
        forbids(s, anna, "question")  # none of Art. 15 to 22


def test_3_nobody_adds_one_or_revokes_one_after_the_death(company: Company) -> None:
    s = Scene(company)
    anna = s.anna()
    ban = forbids(s, anna)
    dies(s, anna, died_on=TODAY - timedelta(days=2))
    with pytest.raises(ProhibitionRefusedError):
        forbids(s, anna, "erasure", said_on=TODAY)
    with pytest.raises(ProhibitionRefusedError):
        deaths.revoke(ban.pk, on=TODAY, by=s.dpo, now=NOW)


def test_4_they_may_revoke_it_at_any_time_of_their_life(company: Company) -> None:
    s = Scene(company)
    anna = s.anna()
    ban = forbids(s, anna)
    deaths.revoke(ban.pk, on=TODAY, by=s.dpo, now=NOW)
    copy_of(company, heir(s, anna))
    assert s.packages() == 1


def test_5_it_does_not_stop_the_defence_of_a_right_in_court(company: Company) -> None:
    s = Scene(company)
    anna = s.anna()
    forbids(s, anna)
    copy_of(company, heir(s, anna, capacity="defence"))
    assert s.packages() == 1


def test_what_speaks_to_the_living_stops_at_once(company: Company) -> None:
    s = Scene(company)
    anna = s.anna()
    a_consent(company, anna)
    first, again = dies(s, anna), dies(s, anna, evidence="Un altro certificato")
    assert first.pk == again.pk
    with pytest.raises(GateRefusedError) as told:
        with gate.open(
            company.actor(Role.MARKETING),
            "newsletter",
            Operation.SEND,
            subjects=anna,
            channel=Channel.EMAIL,
            recipient=To.THE_PERSON,
            now=NOW,
        ):
            pass
    assert told.value.code in {"objected", "no_consent"}
    with gate.duty(s.dpo, Duty.DISCOVERY, now=NOW):
        states = set(ConsentStanding.objects.filter(subject=anna).values_list("state", flat=True))
    assert states == {ConsentState.REVOKED}


def test_a_death_needs_evidence_and_is_not_in_the_future(company: Company) -> None:
    s = Scene(company)
    anna = s.anna()
    for said in ({"evidence": " "}, {"died_on": TODAY + timedelta(days=1)}):
        with pytest.raises(NothingSaidError):
            dies(s, anna, **said)
