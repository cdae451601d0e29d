"""Landing people: one contact with its addresses per row, its refusals kept."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from crm.imports.origins import Origins
from crm.imports.outcomes import Outcome
from crm.imports.returning import Returning
from crm.imports.targets import Entity
from crm.imports.typed import TypedRow
from crm.models import Account, Contact, ContactPoint, Membership
from crm.models.base import CrmRow
from crm.operations import STAGE_OF
from crm.people import conflicts, provenance
from governance.policy.consents import ASKING
from governance.policy.vocabulary import Channel, ConsentState, Operation, SubjectKind
from registry import activities, consent, notices
from registry.gate.access import Access
from registry.models import (
    ConsentStanding,
    DataSource,
    Objection,
    Purpose,
    QualifyingEvent,
)
from registry.notices import Told

FIELDS = {
    "external_id": "external_id", "title": "title", "given_name": "given_name",
    "middle_name": "middle_name", "family_name": "family_name", "company": "company_name",
    "job_title": "job_title", "birth_date": "birth_date", "gender": "gender",
    "language": "language", "marital_status": "marital_status", "children": "children",
    "education": "education", "income": "income", "home_owner": "home_owner",
    "fiscal_code": "fiscal_code", "vat_number": "vat_number", "iban": "iban", "note": "note",
    "username": "username", "hire_date": "hire_date",
}  # fmt: skip
POINTS = {
    "email": ("email", "", "email"), "email_work": ("email", "work", "email"),
    "email_alternate": ("email", "other", "email"), "phone": ("phone", "", "phone"),
    "mobile": ("phone", "mobile", "phone"), "phone_work": ("phone", "work", "phone"),
    "fax": ("fax", "", "phone"), "website": ("web", "", "handle"),
    "social_facebook": ("social", "facebook", "handle"),
    "social_twitter": ("social", "twitter", "handle"),
    "social_linkedin": ("social", "linkedin", "handle"),
    "social_instagram": ("social", "instagram", "handle"),
}  # fmt: skip
POINT_ATTRIBUTES = ("email", "phone", "handle")
ADDRESS = ("street", "street2", "city", "region", "postal_code", "country")
REFUSALS = {"opted_out_email": Channel.EMAIL, "do_not_call": Channel.PHONE}
NAMED_BY = ("given_name", "family_name", "full_name", "email", "email_work", "phone", "mobile")


class PeopleLanding:
    """Lands rows of the entities contact and employee."""

    def __init__(
        self, access: Access, source: DataSource, kind: SubjectKind, told: Told | None
    ) -> None:
        self._access = access
        self._source = source
        self._kind = kind
        self._told = told
        self._origins = Origins(access.controller, source.pk)
        self._base = {
            "controller_id": access.controller,
            "source": source,
            "collected_at": access.now,
        }

    def land(self, rows: Iterable[TypedRow]) -> Outcome:
        """Create or update the people of a chunk; the same row twice is one person."""
        outcome = Outcome()
        wanted = self._each_once(rows, outcome)
        held = {
            bytes(contact.origin_key or b""): contact
            for contact in Contact.objects.select_for_update().filter(
                origin_key__in=list(wanted), subject_id__in=self._access.admitted or set()
            )
        }
        taken = {
            bytes(key or b"")
            for key in Contact.objects.filter(origin_key__in=list(wanted)).values_list(
                "origin_key", flat=True
            )
        }
        for key in list(wanted):
            if key in taken and key not in held:
                outcome.reject(wanted.pop(key), "not_admitted")
        candidates = list(wanted.values())
        subjects = {key: contact.subject_id for key, contact in held.items()}
        memory = Returning(self._access, self._source, candidates, subjects)
        landing = memory.admitted(candidates, outcome)
        known = [(held[row.origin], row) for row in landing if row.origin in held]
        self._update(known, outcome)
        new = self._create([row for row in landing if row.origin not in held], outcome)
        memory.stop_marketing([(row, contact.subject_id) for contact, row in [*known, *new]])
        return outcome

    @staticmethod
    def _each_once(rows: Iterable[TypedRow], outcome: Outcome) -> dict[bytes, TypedRow]:
        """Leave out nobody's rows and repeated rows."""
        wanted: dict[bytes, TypedRow] = {}
        for row in rows:
            if not any(row.values.get(name) for name in NAMED_BY):
                outcome.reject(row, "nobody")
            elif row.origin in wanted:
                outcome.reject(row, "repeated")
            else:
                wanted[row.origin] = row
        return wanted

    def _create(self, rows: list[TypedRow], outcome: Outcome) -> list[tuple[Contact, TypedRow]]:
        subjects = self._access.new_subjects([self._kind] * len(rows), source=self._source)
        ids = [subject.pk for subject in subjects]
        notices.collected(self._access, ids, source=self._source, told=self._told)
        contacts, points = [], []
        for row, subject in zip(rows, subjects, strict=True):
            contact = Contact(
                **self._base,
                subject=subject,
                origin_key=row.origin,
                stage=STAGE_OF.get(self._kind, "prospect"),
                **contact_fields(row.values),
            )
            contacts.append(contact)
            points += [
                ContactPoint(**self._base, subject=subject, **point)
                for point in contact_points(row, self._origins)
            ]
        Contact.objects.bulk_create(contacts, batch_size=2000)
        ContactPoint.objects.bulk_create(points, batch_size=2000)
        self._file_evidence(rows, contacts)
        outcome.created += len(rows)
        return list(zip(contacts, rows, strict=True))

    def _file_evidence(self, rows: list[TypedRow], contacts: list[Contact]) -> None:
        """Keep refusals; note that a file of customers states contracts; link accounts."""
        if self._kind in {SubjectKind.CUSTOMER, SubjectKind.COMPANY_CONTACT, SubjectKind.EMPLOYEE}:
            QualifyingEvent.objects.bulk_create(
                QualifyingEvent(
                    **self._base, subject_id=c.subject_id, kind="stated", at=self._access.now
                )
                for c in contacts
            )
        pairs = list(zip(rows, contacts, strict=True))
        self._refused([(contact.subject_id, row) for row, contact in pairs])
        self._memberships(pairs)

    def _refused(self, pairs: Sequence[tuple[UUID, TypedRow]]) -> set[UUID]:
        """Keep refusals that the source knows and we do not (Art. 7(3), 21(3)); return whose."""
        people = [subject for subject, _row in pairs]
        objecting = Objection.objects.filter(subject__in=people, to_marketing=True, channel="")
        held = set(objecting.values_list("subject_id", flat=True))
        objected = {s: None for s, row in pairs if row.values.get("do_not_contact") is True}
        new = [subject for subject in objected if subject not in held]
        consent.object_all(self._access, new, at=self._access.now, source=self._source)
        refused = self._refused_channels(pairs)
        if refused:
            how = consent.Evidence(self._access.now, "import", source=self._source)
            consent.record_all(self._access, refused, how)
        return {*new, *(said.subject for said in refused)}

    def _refused_channels(self, pairs: Sequence[tuple[UUID, TypedRow]]) -> list[consent.Said]:
        said = [
            (subject, channel)
            for subject, row in pairs
            for name, channel in REFUSALS.items()
            if row.values.get(name) is True
        ]
        if not said:
            return []
        # Of a channel they say nothing about purposes for which nothing is sent.
        in_force = activities.all_in_force(self._access.controller, at=self._access.now)
        silent = [
            version.activity.purpose_id
            for version in in_force
            if Operation.SEND not in version.operations
        ]
        purposes = Purpose.objects.filter(
            controller=self._access.controller, is_marketing=True
        ).exclude(pk__in=silent)
        standing = ConsentStanding.objects.filter(subject__in={subject for subject, _ in said})
        refused = set(
            standing.exclude(state__in=[ConsentState.GIVEN, *ASKING]).values_list(
                "subject_id", "purpose_id", "channel"
            )
        )
        return [
            consent.Said(subject, purpose, channel, ConsentState.REFUSED)
            for purpose in purposes
            for subject, channel in said
            if (subject, purpose.pk, channel) not in refused
        ]

    def _memberships(self, pairs: list[tuple[TypedRow, Contact]]) -> None:
        keys = {
            self._origins.key(Entity.ACCOUNT, str(row.values["account_external_id"])): contact
            for row, contact in pairs
            if row.values.get("account_external_id")
        }
        accounts = Account.objects.filter(origin_key__in=list(keys)).values_list("origin_key", "pk")
        found = {bytes(key or b""): account for key, account in accounts}
        Membership.objects.bulk_create(
            Membership(
                **self._base,
                subject_id=contact.subject_id,
                account_id=found[key],
                origin_key=self._origins.part(bytes(contact.origin_key or b""), "account"),
            )
            for row, contact in pairs
            if row.values.get("account_external_id")
            and (key := self._origins.key(Entity.ACCOUNT, str(row.values["account_external_id"])))
            in found
        )

    def _update(self, pairs: list[tuple[Contact, TypedRow]], outcome: Outcome) -> None:
        subjects = [contact.subject_id for contact, _ in pairs]
        held = {
            bytes(point.origin_key or b""): point
            for point in ContactPoint.objects.select_for_update().filter(
                subject_id__in=subjects, origin_key__isnull=False
            )
        }
        refused = self._refused([(contact.subject_id, row) for contact, row in pairs])
        settled = conflicts.settle(
            self._access, [(c, contact_fields(row.values)) for c, row in pairs], source=self._source
        )
        contacts, points, new = [], [], []
        fields: list[tuple[CrmRow, set[str]]] = []
        for contact, row in pairs:
            differs = self._differs(contact, settled[contact.pk])
            fields.append((contact, differs))
            changed = bool(differs)
            if changed:
                contacts.append(contact)
            for values in contact_points(row, self._origins):
                point = held.get(values["origin_key"])
                if point is None:
                    new.append(ContactPoint(**self._base, subject_id=contact.subject_id, **values))
                    changed = True
                elif differs := self._differs(point, values):
                    fields.append((point, differs - {"kind", "label", "is_primary"}))
                    point.changed_at = self._access.now  # no way yet to know whose request it is
                    points.append(point)
                    changed = True
            changed |= contact.subject_id in refused
            outcome.updated += changed
            outcome.unchanged += not changed
        Contact.objects.bulk_update(contacts, list(FIELDS.values()), batch_size=500)
        ContactPoint.objects.bulk_update(
            points, ["label", "changed_at", *POINT_ATTRIBUTES], batch_size=500
        )
        ContactPoint.objects.bulk_create(new, batch_size=2000)
        provenance.note(self._access, fields, source=self._source)

    @staticmethod
    def _differs(row: Contact | ContactPoint, values: Mapping[str, Any]) -> set[str]:
        """Set what is different; say what was."""
        changed = set()
        for name, value in values.items():
            if name != "origin_key" and getattr(row, name) != value:
                setattr(row, name, value)
                changed.add(name)
        return changed


def contact_fields(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes of `Contact` for the typed values of a row."""
    fields = {FIELDS[name]: _as_held(value) for name, value in values.items() if name in FIELDS}
    if "full_name" in values and "family_name" not in fields:
        fields["family_name"] = values["full_name"]
    return fields


def _as_held(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) or hasattr(value, "isoformat") else str(value)


def contact_points(row: TypedRow, origins: Origins) -> Iterable[dict[str, Any]]:
    """Yield the attributes of one `ContactPoint` for each address of a row."""
    for name, (kind, label, attribute) in POINTS.items():
        if value := row.values.get(name):
            yield {
                "kind": kind,
                "label": label,
                "is_primary": name in {"email", "phone"},
                "origin_key": origins.part(row.origin, name),
                attribute: str(value),
            }
    parts = {name: str(row.values[name]) for name in ADDRESS if row.values.get(name)}
    if parts:
        street = ", ".join(
            part for part in (parts.pop("street", ""), parts.pop("street2", "")) if part
        )
        yield {
            "kind": "post",
            "origin_key": origins.part(row.origin, "post"),
            **parts,
            **({"street": street} if street else {}),
        }
