"""How often one network may send forms: enough for an office, too little for a flood.

What is counted depends on what the same network did and on nothing else: a limit tells nobody
what others asked, or whom we know. A count is kept under

    digest := HMAC-SHA256(key, limit | end of the window | network [| address that was named])

where the key comes from CUSTODE_SECRET_KEY, so that no network and no address can be read from
the database, and it ends with its window, within a day. Counted by the role of cases, which can
call one function and see no table. Follows docs/spec/public-portal.md, section 6.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import wraps
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from django.conf import settings
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from dsar.models import PortalCount
from dsar.portal.errors import TooOftenError

ROLE = "case"
SALT = "custode/limits/v1"
PREFIX = 64  # of an IPv6 address: what one household or one machine is given
View = Callable[..., HttpResponse]
ASK = """
CREATE SCHEMA IF NOT EXISTS portal;
CREATE OR REPLACE FUNCTION portal.counted(counter bytea, most integer, until timestamptz)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    reached integer;
BEGIN
    IF octet_length(counter) <> 32 OR until > clock_timestamp() + interval '25 hours' THEN
        RAISE EXCEPTION 'no count ends later than within a day' USING ERRCODE = '22023';
    END IF;
    SELECT number INTO reached FROM dsar_portalcount WHERE digest = counter;
    IF reached > most THEN  -- a flood writes nothing
        RETURN reached;
    END IF;
    PERFORM set_config('synchronous_commit', 'off', true);  -- a lost count does no harm
    INSERT INTO dsar_portalcount AS c (digest, number, ends_at) VALUES (counter, 1, until)
        ON CONFLICT (digest) DO UPDATE SET number = c.number + 1 RETURNING number INTO reached;
    RETURN reached;
END $$;
REVOKE ALL ON FUNCTION portal.counted(bytea, integer, timestamptz) FROM PUBLIC;
GRANT USAGE ON SCHEMA portal TO custode_case;
GRANT EXECUTE ON FUNCTION portal.counted(bytea, integer, timestamptz) TO custode_case;
"""
COUNT = "SELECT portal.counted(%s, %s, %s)"


@dataclass(frozen=True)
class Limit:
    """So many of something in a window of time; windows begin at fixed moments."""

    name: str
    most: int
    per: timedelta

    def end(self, now: datetime) -> datetime:
        """Return when the window of `now` ends."""
        past = (now - datetime.min.replace(tzinfo=UTC)) % self.per
        return now - past + self.per


FORMS = Limit("forms", 300, timedelta(minutes=10))
REQUESTS = Limit("requests", 100, timedelta(days=1))
REQUESTS_NAMING = Limit("requests naming", 6, timedelta(days=1))  # one and the same address
LOOKS = Limit("looks", 60, timedelta(hours=1))  # at one case, or behind one link: each is logged
MAILED_CODES = Limit("mailed codes", 30, timedelta(hours=1))
MESSAGES = Limit("messages", 60, timedelta(days=1))  # what is added to cases


def network_of(request: HttpRequest) -> str:
    """Return the network a request comes from: an IPv4 address, or 64 bits of an IPv6 address.

    `X-Forwarded-For` is believed for as many proxies as CUSTODE_PROXY_HOPS says, counted from the
    end, where ours write; what stands before, anybody can have written. Where nothing says whence
    it comes (a socket of this machine), it is "".
    """
    hops = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    number = settings.CUSTODE_PROXY_HOPS
    believed = hops[-number] if 0 < number <= len(hops) else ""
    return _network(believed) or _network(request.META.get("REMOTE_ADDR", ""))


def _network(text: str) -> str:
    try:
        address = ip_address(text)
    except ValueError:
        return ""
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ip_network((int(address), PREFIX), strict=False))


def count(limit: Limit, *what: str, now: datetime) -> int:
    """Count one more of `what`, and return how many there are in the window.

    Beyond the limit it stands still at one more.
    """
    end = limit.end(now)
    said = "|".join((limit.name, end.isoformat(), *what))
    digest = salted_hmac(SALT, said, algorithm="sha256").digest()
    with connections[ROLE].cursor() as cursor:
        cursor.execute(COUNT, [digest, limit.most, end])
        return int(cursor.fetchone()[0])


def require(limit: Limit, *what: str, now: datetime) -> None:
    """Count one more of `what`; nothing where its first part, a network, is not known.

    Raises
    ------
    TooOftenError
        there were as many as the limit allows
    """
    if what[0] and count(limit, *what, now=now) > limit.most:
        raise TooOftenError(until=limit.end(now), now=now)


def limited(view: View) -> View:
    """Wrap a view: the forms that one network sends are counted before anything is done."""

    @wraps(view)
    def counted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "POST":
            require(FORMS, network_of(request), now=timezone.now())
        return view(request, *args, **kwargs)

    return counted


def forget(*, now: datetime) -> int:
    """Remove the counts that have ended; return how many."""
    return PortalCount.objects.filter(ends_at__lte=now).delete()[0]


def apply(using: str = "default") -> None:
    """Let the role of cases count; by the owner, after migrating."""
    with connections[using].cursor() as cursor:
        cursor.execute(ASK)
