"""A company, the people it knows, and whoever writes to it: what the personas have in common."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.core import mail

from crm.models import Account, Contact, ContactPoint, Membership
from dsar import access_right, codes, contact_points, correspondence, ladder, requests
from dsar.identity import OnBehalf, Requester
from dsar.models import AccessPackage, SubjectRequest
from governance.policy.actors import Actor
from governance.policy.identity import Assessment, Behalf
from governance.policy.vocabulary import Duty, Right, Role
from registry.datamap import Lookup
from registry.gate import opening as gate
from registry.models import DataSubject
from tests.builders import NOW, Company, a_person
from tests.dsar import acts

CODE = re.compile(r"^((?:[0-9A-Z]{4}-){3}[0-9A-Z]{4})$", re.MULTILINE)
ANNA = "anna.bianchi@example.it"
OTHER_ADDRESS = "somebody.else@example.org"
YEAR = timedelta(days=365)


@dataclass
class Scene:
    """What a story is told in."""

    company: Company

    @property
    def dpo(self) -> Actor:
        return self.company.actor(Role.DPO)

    @property
    def colleague(self) -> Actor:
        return self.company.actor(Role.LEGAL)

    # People

    def anna(self, **said: Any) -> UUID:
        return a_person(self.company, **said)

    def born(self, subject: UUID, on: date) -> UUID:
        with self._writing(subject):
            contact = Contact.objects.get(subject=subject)
            contact.birth_date = on
            contact.save()
        return subject

    def point(self, subject: UUID, **columns: Any) -> UUID:
        """Change the columns of the first e-mail address of a person."""
        with self._writing(subject):
            ContactPoint.objects.filter(subject=subject, kind="email").update(**columns)
        return subject

    def another_point(self, subject: UUID, *, days: int = 0, **said: str) -> UUID:
        """Add a way to reach somebody, so many days ago."""
        with self._writing(subject):
            (kind,) = said
            ContactPoint(
                controller=self.company.controller, subject_id=subject, kind=kind,
                collected_at=NOW - timedelta(days=days), **said,
            ).save()  # fmt: skip
        return subject

    def known_for_years(self, subject: UUID) -> UUID:
        """Let somebody have been a customer for two years, their address as long."""
        with self._writing(subject):
            DataSubject.objects.filter(pk=subject).update(created_at=NOW - 2 * YEAR)
            ContactPoint.objects.filter(subject=subject).update(collected_at=NOW - 2 * YEAR)
        return subject

    def left_company(self, subject: UUID) -> UUID:
        with self._writing(subject):
            house = Account(controller=self.company.controller, subject_id=subject)
            house.save()
            Membership(
                controller=self.company.controller, subject_id=subject, account=house,
                active_to=NOW.date() - timedelta(days=20),
            ).save()  # fmt: skip
        return subject

    def _writing(self, subject: UUID) -> Any:
        return gate.duty(
            self.dpo, Duty.ANSWERING, subjects=subject, reference=subject, now=NOW
        )  # fmt: skip

    # What they do

    def ask(
        self,
        email: str = ANNA,
        *,
        name: str = "Anna Bianchi",
        right: Right = Right.ACCESS,
        subject: UUID | None = None,
        behalf: Behalf | None = None,
        of: str = "",
        phone: str = "",
    ) -> SubjectRequest:
        on_behalf = OnBehalf(behalf, of) if behalf else None
        return requests.receive(
            self.dpo, right=right, channel="email", received_at=NOW, language="it",
            requester=Requester(name, email, phone, "", on_behalf), subject=subject, now=NOW,
        )  # fmt: skip

    def says(self, request: SubjectRequest, means: str = "known_contact", **said: Any) -> None:
        """A member of staff takes their word for it."""
        requests.identify(request.pk, means, by=said.pop("by", self.dpo), now=NOW, **said)

    def key(self, value: str, lookup: Lookup = Lookup.EMAIL) -> bytes:
        return contact_points.key_of(self.company.controller.pk, lookup, value)

    def code_to(self, request: SubjectRequest, address: str = ANNA) -> str:
        """Send a code to an address on file and read it in the mailbox."""
        codes.send(request.pk, self.key(address), by=self.dpo, now=NOW)
        mail.outbox.clear()
        correspondence.deliver(self.company.controller.pk, now=NOW)
        (message,) = [m for m in mail.outbox if m.to == [address] and CODE.search(str(m.body))]
        return CODE.findall(str(message.body))[0]

    def enters(self, request: SubjectRequest, code: str) -> bool:
        return codes.enter(request.pk, code, by=self.dpo, now=NOW)

    # What comes of it

    def release(self, request: SubjectRequest, by: Actor | None = None) -> None:
        access_right.fulfil(request.pk, by or self.dpo, NOW)

    def gets(self, request: SubjectRequest) -> None:
        """They get their copy, once somebody has read what it says of others."""
        acts.fulfilled(self.company, request)

    def packages(self) -> int:
        with gate.duty(self.dpo, Duty.ANSWERING, reference=UUID(int=1), now=NOW):
            return AccessPackage.objects.filter(request__is_held=True).count()

    def assessed(self, request: SubjectRequest) -> Assessment:
        with gate.duty(self.dpo, Duty.ANSWERING, reference=request.pk, now=NOW) as access:
            return ladder.assess(access, access.rows(SubjectRequest).get(pk=request.pk))
