"""What somebody chooses on the page of their own: a programme, rewards, a link, interests, a gift.

Each choice is one button, and one call of the domain under the purpose it belongs to.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from crm.acquisition import referrals
from crm.campaigns import birthdays
from crm.loyalty import ledger, membership, programmes
from crm.models import WebForm
from crm.own import tastes
from dsar import preferences
from dsar.links import Link
from governance.policy.actors import system
from governance.policy.vocabulary import Operation
from registry.gate import opening as gate
from registry.models import Controller

LINK_FOR = timedelta(days=365)
Said = tuple[str | Promise, str]
"""What the page answers, and a link where one was made."""


def _join(link: Link, said: QueryDict, now: datetime) -> Said:
    accepts = said.get("terms") == "1"
    if accepts:
        with preferences.opened(link, now=now) as access:
            membership.ask(access, link.subject)
    membership.join(system(link.controller), link.subject, accepts=accepts, now=now)
    return _("You are a member now. You agreed to nothing else by it."), ""


def _leave(link: Link, _said: QueryDict, now: datetime) -> Said:
    membership.leave(system(link.controller), link.subject, now=now)
    return _("Your membership has ended."), ""


def _redeem(link: Link, said: QueryDict, now: datetime) -> Said:
    reward = said.get("reward", "")
    line = ledger.redeem(system(link.controller), link.subject, reward, now=now)
    return _("Show this code to have your reward: %(code)s") % {"code": line.code}, ""


def _invite(link: Link, _said: QueryDict, now: datetime) -> Said:
    programme = programmes.require_in_force(link.controller)
    form = WebForm.objects.get(
        controller=link.controller, slug=programme.definition["referral_form"]
    )
    until = timezone.localdate(now) + LINK_FOR
    with gate.open(
        system(link.controller), programme.purpose.key, Operation.UPDATE, subjects=link.subject,
        now=now,
    ) as access:  # fmt: skip
        membership.require(access, link.subject)
        token = referrals.issue(access, link.subject, form, until=until)
    slug = Controller.objects.values_list("slug", flat=True).get(pk=link.controller)
    address = f"{settings.BASE_URL}{reverse('web_form', args=[slug, form.slug])}?by={token}"
    return _("Pass this link on. Whoever uses it writes their own data, and you see none of it:"), (
        address
    )


def _tastes(link: Link, said: QueryDict, now: datetime) -> Said:
    with preferences.opened(link, now=now) as access:
        purpose = tastes.purpose_of(access, link.subject)
    own = said.get("other", "").split(",")
    month, day = said.get("month", "")[:2], said.get("day", "")[:2]
    born = f"{month}-{day}" if month or day else ""
    tastes.say(
        link.controller, link.subject, [*said.getlist("interest"), *own], born, purpose=purpose,
        now=now,
    )  # fmt: skip
    return _("We have noted what you told us about yourself."), ""


def _gift(link: Link, said: QueryDict, now: datetime) -> Said:
    with preferences.opened(link, now=now) as access:
        purpose = tastes.purpose_of(access, link.subject)
    chosen = birthdays.choose(
        link.controller, link.subject, said.get("gift", ""), purpose=purpose, now=now
    )
    return _("Your gift is confirmed. Show this code to have it: %(code)s") % {
        "code": chosen.code
    }, ""


CHOICES: Mapping[str, Callable[[Link, QueryDict, datetime], Said]] = {
    "join": _join, "leave": _leave, "redeem": _redeem, "invite": _invite, "tastes": _tastes,
    "gift": _gift,
}  # fmt: skip
