"""What came of a campaign, without counts of few people and what follows from them."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.campaigns.results import Results
from crm.campaigns.sending import NO_ADDRESS
from crm.service import reports
from governance.policy.campaigns import Response, rate
from governance.policy.decisions import Refusal
from governance.policy.vocabulary import Channel
from registry import labels
from registry.gate.errors import REFUSALS

RESPONSE: dict[Response, Promise] = {
    Response.DELIVERED: _("Delivered"),
    Response.BOUNCED: _("Came back"),
    Response.OPENED: pgettext_lazy("campaign", "Opened"),
    Response.CLICKED: _("Clicked"),
    Response.REPLIED: pgettext_lazy("campaign", "Answered"),
    Response.REDEEMED: _("Used a coupon"),
    Response.CONVERTED: _("Bought"),
}
LEFT: dict[str, Promise] = {
    NO_ADDRESS: _("No address on a channel of the campaign"),
    "replied": _("They answered"),
    "converted": _("They bought"),
}
NOT_SHOWN = _("not shown")
NONE = _("n.a.")
Shown = str | Promise


@dataclass(frozen=True, slots=True)
class Figures:
    """What came of a campaign in words and numbers, small counts hidden.

    Attributes
    ----------
    funnel : people taken in, held out, written to, and by response
    left : who left on the way, by reason
    channels : by channel, the share of those reached who responded, and what its messages cost
    compared : share who bought, of those reached, and of those held out
    money : what was sold, what is left of it, and the return on the investment
    excluded : of how many nothing is counted, for the purpose does not reach them any more
    """

    funnel: list[tuple[Shown, Shown]]
    left: list[tuple[Shown, Shown]]
    channels: list[tuple[Shown, Shown, Shown]]
    compared: list[tuple[Shown, Shown]]
    money: list[tuple[Shown, Shown]]
    excluded: Shown


def shown(found: Results, currency: str, *, smallest: int) -> Figures:
    """Return results as the page shows them.

    Arguments
    ---------
    smallest : the smallest count of people that is shown
    """

    def part(whole: int, count: int) -> int | None:
        return reports.part_of(whole, count, smallest=smallest)

    sent, bounced = found.people["sent"], found.people["bounced"]
    invited = found.entered - found.held_out
    funnel = [
        (_("Taken in"), part(found.entered, found.entered)),
        (_("Held out, to compare"), part(found.entered, found.held_out)),
        (_("Written to"), part(invited, sent)),
        *((text, part(sent, found.people[one])) for one, text in RESPONSE.items()),
    ]
    bought = part(sent - bounced, found.people["converted"])
    held_bought = part(found.held_out, found.held_bought)
    left, _sum = reports.summed(dict(found.left), smallest=smallest)
    excluded = part(found.excluded, found.excluded)
    return Figures(
        funnel=[(text, count(n)) for text, n in funnel],
        left=[(reason(code), count(n)) for code, n in left.items()],
        channels=_channels(found, currency, part),
        compared=[
            (_("Of those reached"), share(bought, sent - bounced)),
            (_("Of those held out"), share(held_bought, found.held_out)),
        ],
        money=_money(found, currency, is_hidden=bought is None),
        excluded=count(excluded),
    )  # fmt: skip


def _channels(
    found: Results, currency: str, part: Callable[[int, int], int | None]
) -> list[tuple[Shown, Shown, Shown]]:
    lines: list[tuple[Shown, Shown, Shown]] = []
    for name, (reached, responded) in found.channels.items():
        cost = found.by_channel.get(name, Decimal(0))
        is_hidden = part(reached, reached) is None
        paid = NOT_SHOWN if is_hidden else money(cost, currency)
        lines.append((labels.text(Channel, name), share(part(reached, responded), reached), paid))
    return lines


def _money(found: Results, currency: str, *, is_hidden: bool) -> list[tuple[Shown, Shown]]:
    """Return sums; hidden where so few bought that they would say what one person spent."""
    roi = NONE if found.roi is None else percent(found.roi)
    lines: list[tuple[Shown, Shown]] = [
        (_("Sold"), money(found.revenue, currency)),
        (_("Margin of it"), money(found.margin, currency)),
        (_("Return on investment"), roi),
    ]
    return [(text, NOT_SHOWN if is_hidden else value) for text, value in lines]


def reason(code: str) -> Shown:
    """Return why somebody is left out of a campaign or left it, in words."""
    if code in LEFT:
        return LEFT[code]
    return REFUSALS[Refusal(code)][0] if code in set(Refusal) else code


def count(number: int | None) -> Shown:
    """Return a count, or that it is not shown."""
    return NOT_SHOWN if number is None else str(number)


def share(part: int | None, whole: int) -> Shown:
    """Return a share in per cent, "n.a." where there is no whole, or that it is not shown."""
    found = None if part is None else rate(part, whole)
    if part is None:
        return NOT_SHOWN
    return NONE if found is None else percent(found)


def percent(value: Decimal) -> str:
    """Return a share of one in per cent, in the numbers of the language."""
    return f"{number_format(round(value * 100, 1), 1, use_l10n=True)} %"


def money(value: Decimal, currency: str) -> str:
    """Return an amount with its currency, in the numbers of the language."""
    return f"{number_format(round(value, 2), 2, use_l10n=True)} {currency}"
