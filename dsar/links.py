"""Links for people: to the page of their preferences, out of a purpose, or to confirm a consent.

    said   := "custode/link/v1|person|kind|purpose|channel|line|last day"
    token  := base64url(HMAC-SHA256(key, said))
    digest := SHA-256(token), which is all the database holds

The key is the controller's, in the keystore, so that the same link can be written into a message
again without being stored, and a copy of the database opens no page. A link dies with its row,
and so with the erasure of the person. The public page finds one as its own database role, which
can ask for the row of a digest and see no table (`ASK`).
"""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum, unique
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connections
from django.urls import reverse
from django.utils import timezone

from dsar.errors import LinkEndedError
from dsar.models import PreferenceLink
from governance.crypto import keystore
from governance.policy.vocabulary import Channel
from registry.gate.access import Access
from registry.models import Purpose

USE = "links"
ROLE = "case"
VALID_FOR = timedelta(days=30)  # a link to preferences; a message brings another
LONGEST = 64  # of a token; ours have 43 characters
ASK = """
CREATE SCHEMA IF NOT EXISTS portal;
CREATE OR REPLACE FUNCTION portal.link(company uuid, wanted bytea)
RETURNS TABLE (id uuid, subject_id uuid, kind varchar, purpose_id uuid, channel varchar,
               asked uuid, expires_on date)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- The gate is open for this one statement, and for the row of this digest.
    PERFORM set_config('custode.controller', company::text, true);
    RETURN QUERY SELECT l.id, l.subject_id, l.kind, l.purpose_id, l.channel, l.asked, l.expires_on
        FROM dsar_preferencelink AS l WHERE l.controller_id = company AND l.digest = wanted;
    PERFORM set_config('custode.controller', '', true);
END $$;
REVOKE ALL ON FUNCTION portal.link(uuid, bytea) FROM PUBLIC;
REVOKE ALL ON FUNCTION portal.link(uuid, bytea) FROM custode_portal;
REVOKE ALL ON SCHEMA portal FROM custode_portal;
GRANT USAGE ON SCHEMA portal TO custode_case;
GRANT EXECUTE ON FUNCTION portal.link(uuid, bytea) TO custode_case;
"""
FIND = (
    "SELECT id, subject_id, kind, purpose_id, channel, asked, expires_on FROM portal.link(%s, %s)"
)


@unique
class Kind(StrEnum):
    """What a link lets a person do."""

    PREFERENCES = "preferences"  # see and change everything they agreed to
    UNSUBSCRIBE = "unsubscribe"  # end one purpose on one channel, and nothing else
    CONFIRM = "confirm"  # give one consent that was asked for (double opt-in)
    OWN = "own"  # see and answer what the house has with them: orders, cases, conversations


PAGES = {kind: f"portal:{kind}" for kind in (Kind.PREFERENCES, Kind.UNSUBSCRIBE, Kind.CONFIRM)}
"""The page behind a kind of link; whoever serves another page enters it here."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link that was found."""

    id: UUID
    controller: UUID
    subject: UUID
    kind: Kind
    purpose: UUID | None
    channel: str
    asked: UUID | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """For whom a link is, and what it lets them do."""

    subject: UUID
    kind: Kind = Kind.PREFERENCES
    purpose: Purpose | None = None
    channel: Channel | None = None
    asked: UUID | None = None
    expires_on: date | None = None

    @property
    def said(self) -> str:
        """The text under the token."""
        parts = (
            self.subject, self.kind, self.purpose and self.purpose.pk, self.channel or "",
            self.asked, self.expires_on,
        )  # fmt: skip
        return "|".join(["custode/link/v1", *(str(part or "") for part in parts)])


def issue(access: Access, wanted: Collection[Wanted]) -> list[str]:
    """Return a token for each link wanted; the same link has the same token every time."""
    key = keystore.controller_key(access.controller, USE, create=True)
    tokens = [_token(key, one) for one in wanted]
    digests = [digest_of(token) for token in tokens]
    held = PreferenceLink.objects.filter(digest__in=digests).values_list("digest", flat=True)
    known = {bytes(digest) for digest in held}
    new = {d: one for d, one in zip(digests, wanted, strict=True) if d not in known}
    PreferenceLink.objects.bulk_create(
        (
            PreferenceLink(
                controller_id=access.controller, subject_id=one.subject, digest=digest,
                kind=one.kind, purpose=one.purpose, channel=one.channel or "", asked=one.asked,
                expires_on=one.expires_on, collected_at=access.now,
            )
            for digest, one in new.items()
        ),
        batch_size=2000,
    )  # fmt: skip
    return tokens


def again(access: Access, subject: UUID, digest: bytes) -> str:
    """Return the whole address of a link that was issued to a person, or "" where it is over."""
    rows = access.rows(PreferenceLink).select_related("purpose", "controller")
    row = rows.filter(subject=subject, digest=digest).first()
    if row is None or (row.expires_on and row.expires_on < timezone.localdate(access.now)):
        return ""
    channel = Channel(row.channel) if row.channel else None
    wanted = Wanted(subject, Kind(row.kind), row.purpose, channel, row.asked, row.expires_on)
    tokens = (_token(k, wanted) for k in keystore.controller_keys(access.controller, USE).values())
    token = next((one for one in tokens if digest_of(one) == digest), "")
    return address(Kind(row.kind), row.controller.slug, token) if token else ""


def find(controller: UUID, token: str, kind: Kind, *, today: date) -> Link:
    """Return the link of a token, asked for by the role of cases.

    Raises
    ------
    LinkEndedError
        there is none, it is over, or it is of another kind; which of them is not told
    """
    row: tuple[Any, ...] | None = None
    if len(token) <= LONGEST:
        with connections[ROLE].cursor() as cursor:
            cursor.execute(FIND, [controller, digest_of(token)])
            row = cursor.fetchone()
    if row is None or row[2] != kind or (row[6] is not None and row[6] < today):
        raise LinkEndedError
    return Link(row[0], controller, row[1], Kind(row[2]), row[3], row[4], row[5])


def address(kind: Kind, company: str, token: str) -> str:
    """Return the whole address of a link; `company` is its short name."""
    path = reverse(PAGES[kind], kwargs={"company": company, "token": token})
    return f"{settings.BASE_URL}{path}"


def digest_of(token: str) -> bytes:
    """Return what is stored of a token."""
    return sha256(token.encode()).digest()


def _token(key: bytes, wanted: Wanted) -> str:
    made = hmac.digest(key, wanted.said.encode(), "sha256")
    return urlsafe_b64encode(made).rstrip(b"=").decode()


def apply(using: str = "default") -> None:
    """Let the public page's role ask for the row of a digest; by the owner, after migrating."""
    with connections[using].cursor() as cursor:
        cursor.execute(ASK)
