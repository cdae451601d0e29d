"""Who began a case and who the person is: a copy goes to its code only if they are the same."""

from django.test import Client
from django.utils import timezone

from dsar import attaching, codes, contact_points, ladder, queries, requests, tasks
from dsar.models import CasePackage, SubjectRequest
from governance.policy.vocabulary import Duty, Role
from registry.datamap import Lookup
from registry.gate import opening as gate
from tests.builders import Company, a_person
from tests.dsar import acts
from tests.dsar.test_case_access import ANNA, STRANGER, Case, acme, client, confirmed, enter, posted

PHONE = "+39 333 1234567"
__all__ = ["acme", "client"]


def key(company: Company, value: str, lookup: Lookup = Lookup.EMAIL) -> bytes:
    return contact_points.key_of(company.controller.pk, lookup, value)


def of_anna(company: Company, case: Case) -> SubjectRequest:
    """Staff find Anna by her name and give the request to her."""
    dpo, now = company.actor(Role.DPO), timezone.now()
    subject = a_person(company, phone=PHONE, now=now)
    found = queries.by_reference(dpo, case[0], now=now)
    return attaching.attach(found.id, subject, by=dpo, now=now)


def offered(company: Company) -> int:
    tasks.renew_case_documents()
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, reference=company.controller.pk,
        now=timezone.now(),
    ):  # fmt: skip
        return CasePackage.objects.count()


def test_who_began_a_case_in_her_name_gets_nothing_when_staff_reach_her(
    acme: Company, client: Client
) -> None:
    request = of_anna(acme, confirmed(client, acme, STRANGER))
    dpo = acme.actor(Role.DPO)
    said = {"by": dpo, "now": timezone.now()}
    requests.identify(request.pk, "known_contact", point=key(acme, ANNA), **said)
    requests.identify(request.pk, "called_back", point=key(acme, PHONE, Lookup.PHONE), **said)
    acts.fulfilled(acme, request, now=timezone.now())
    assert offered(acme) == 0


def test_a_code_at_her_old_address_is_entered_on_the_page_of_her_case(
    acme: Company, client: Client
) -> None:
    """She writes from a new address; who has the case and her old mailbox is she."""
    case = confirmed(client, acme, STRANGER)
    request = of_anna(acme, case)
    dpo = acme.actor(Role.DPO)
    codes.send(request.pk, key(acme, ANNA), by=dpo, now=timezone.now())
    (code,) = posted(acme)[ANNA]
    enter(client, case, "0000-0000-0000-0000")
    enter(client, case, code)
    now = timezone.now()
    requests.identify(
        request.pk, "called_back", point=key(acme, PHONE, Lookup.PHONE), by=dpo, now=now
    )
    with gate.duty(dpo, Duty.ANSWERING, reference=request.pk, now=now) as access:
        request = access.rows(SubjectRequest).get(pk=request.pk)
        assert request.state == "identified"
        assert ladder.may_go_to_case(access, request)


def test_from_an_address_on_file_the_copy_is_hers_to_download(
    acme: Company, client: Client
) -> None:
    a_person(acme, now=timezone.now())
    case = confirmed(client, acme)
    dpo, now = acme.actor(Role.DPO), timezone.now()
    found = queries.by_reference(dpo, case[0], now=now).id
    with gate.duty(dpo, Duty.ANSWERING, reference=found, now=now) as access:
        request = access.rows(SubjectRequest).get(pk=found)
    acts.fulfilled(acme, request, now=now)
    assert offered(acme) == 1
