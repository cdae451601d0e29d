"""Whatever is sent in somebody's name: one mail a day, staff go on working, and the log verifies."""

import statistics
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from dsar import correspondence, intake, tasks
from dsar.case import address
from dsar.models import Intake
from dsar.portal.limits import REQUESTS_NAMING
from governance import provision
from tests.audit.cluster import Installation
from tests.builders import Company, a_company
from tests.dsar.test_portal import FLOW
from tests.portal.asking import answered
from tests.portal.flooding import Colleague, flood

VICTIM = "anna.bianchi@example.it"
SOURCES, EACH = 1000, 10
POSTS = 60
FILINGS = 3  # runs of the worker over what waits


@pytest.fixture
def acme(fresh_database: None) -> Company:
    company = a_company(now=timezone.now())
    intake.publish_key(company.controller.pk, now=timezone.now())
    return company


def test_a_crowd_gets_one_mail_sent_and_cannot_silence_the_person(acme: Company) -> None:
    statuses: Counter[int] = Counter()
    spellings = (VICTIM, VICTIM.upper(), VICTIM.replace("@", "+news@"), VICTIM.replace("@", "+x@"))
    for number in range(POSTS):
        spelling = spellings[number % len(spellings)]
        answers = answered("A", spelling)
        browser = Client(REMOTE_ADDR=f"203.0.113.{number // len(spellings) % 2}")
        said = {"step": "send", "state": answers.signed()}
        statuses[browser.post(FLOW, said).status_code] += 1
    # From each of two networks six for each of three addresses, all of which are one mailbox.
    assert statuses == {200: 36, 429: POSTS - 36}
    assert Intake.objects.count() == 36
    while tasks.file_all_intakes():
        pass
    now, controller = timezone.now(), acme.controller.pk
    assert address.ask_all(controller, now=now) == 1
    assert address.ask_all(controller, now=now + timedelta(hours=23)) == 0
    mail.outbox.clear()
    correspondence.deliver(controller, now=now)
    assert len(mail.outbox) == 1

    answers = answered("Anna", VICTIM, "erasure")
    said = {"step": "send", "state": answers.signed()}
    person = Client(REMOTE_ADDR="198.51.100.7")
    assert person.post(FLOW.replace("access", "erasure"), said).status_code == 200


@pytest.fixture
def installation() -> Iterator[Installation]:
    made = Installation()
    try:
        made.start()
        made.begin({"web": 1, "worker": 1})
        yield made
    finally:
        made.stop()


def test_ten_thousand_posts_from_a_thousand_addresses(
    request: pytest.FixtureRequest, is_long: bool
) -> None:
    """P-12, on a whole installation, with connected systems and a colleague at work."""
    if not is_long:
        pytest.skip("starts an installation and floods it for minutes: --long")
    installation: Installation = request.getfixturevalue("installation")
    installation.settle(lambda: installation.got.statuses[200] > 0, "the systems work")
    calls = installation.got.statuses.total()
    key = installation.variables["CUSTODE_SECRET_KEY"]
    with Colleague(installation.port, installation.session) as colleague:
        flooded = flood(installation.port, key, victim=VICTIM, sources=SOURCES, each=EACH)
    rate = SOURCES * EACH / flooded.seconds * 60
    slow = statistics.quantiles(colleague.seconds, n=20)[-1]
    print(  # noqa: T201 - what the campaign is run for
        f"{rate:.0f} posts a minute: {dict(flooded.statuses)}; staff {dict(colleague.statuses)},"
        f" 95 % within {slow:.2f} s; API {dict(installation.got.statuses)}"
    )
    taken = SOURCES * REQUESTS_NAMING.most
    assert flooded.statuses == {200: taken, 429: SOURCES * EACH - taken}
    assert set(colleague.statuses) == {200}
    assert installation.got.statuses.total() > calls
    assert not [status for status in installation.got.statuses if status >= 500]

    # All in the victim's name: the first message filed has the code mailed, no other does.
    filed = "SELECT count(*) FROM dsar_subjectrequest"
    asked = "SELECT count(*) FROM dsar_addresscheck WHERE asked_at IS NOT NULL"
    for number in range(1, FILINGS + 1):
        installation.wake(tasks.file_all_intakes)
        least = number * intake.BATCH
        installation.settle(lambda least=least: rows(installation, filed) >= least, "it is filed")  # type: ignore[misc]  # mypy infers no lambda with a default
        installation.wake(tasks.renew_case_documents)
        installation.settle(lambda: rows(installation, asked) == 1, "a code is mailed")
    letters = "SELECT count(*) FROM dsar_correspondence WHERE kind = 'address_check'"
    assert (rows(installation, asked), rows(installation, letters)) == (1, 1)

    installation.end_load()
    installation.settle(installation.is_settled, "everything is signed")
    verified = installation.verify()
    assert (verified.returncode, verified.stderr) == (0, "")


def rows(installation: Installation, query: str) -> int:
    with installation.cluster.connect(provision.PREFIX) as superuser:
        (number,) = superuser.execute(query).fetchone() or (0,)  # type: ignore[call-overload]  # ours
    return int(number)
