"""Complaints: what they are about, how many by product and week, and where they jump (A5).

The rate of a product in a week is the complaints that were opened in it, by a hundred lines of
orders of the product in the year up to its end: what was sold can be complained about for long.
Counted by the database over the people of an access, so that who is restricted is not counted.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.text import slugify

from crm.models import Case, ComplaintTheme, Order, OrderLine
from crm.sales.tiers import COUNTED
from crm.service.errors import ThemeRefusedError
from governance.policy.cases import CaseKind
from governance.policy.chance import at_least
from governance.policy.vocabulary import Role
from registry.gate.access import Access
from registry.gate.opening import Subjects
from registry.models import DataSubject, Staff

WEEK, YEAR = timedelta(weeks=1), timedelta(days=365)
BASELINE = 8  # weeks before the one that is looked at
UNLIKELY, FEWEST = 0.01, 3  # of complaints that make an alert
MAY_NAME = frozenset({Role.MANAGER, Role.AGENT})
Key = tuple[UUID | None, str]  # product and theme; None and "" where nobody said


@dataclass(frozen=True, slots=True)
class Week:
    """Complaints about one product in one week.

    Attributes
    ----------
    week : its Monday
    sold : lines of orders of the product, in the year up to the end of the week
    """

    product: UUID | None
    week: date
    complaints: int
    sold: int

    @property
    def rate(self) -> Decimal | None:
        """Complaints by a hundred lines sold; None where nothing was sold."""
        return round(Decimal(100 * self.complaints) / self.sold, 2) if self.sold else None


@dataclass(frozen=True, slots=True)
class Spike:
    """More complaints in a week than chance explains.

    Attributes
    ----------
    expected : in a week, by the eight before
    """

    product: UUID | None
    theme: str
    week: date
    complaints: int
    expected: float


def monday(day: date) -> date:
    """Return the first day of a week."""
    return day - timedelta(days=day.weekday())


def people(purpose: str) -> Subjects:
    """Return whom the figures are about: who has a case under the purpose, or an order."""
    wanted = Q(pk__in=Case.objects.filter(purpose=purpose).order_by().values("subject"))
    wanted |= Q(pk__in=Order.objects.order_by().values("subject"))
    return DataSubject.objects.filter(wanted).order_by().values_list("pk", flat=True)


def counted(access: Access, purpose: str, *, since: date, until: date) -> Counter[tuple[Key, date]]:
    """Return complaints by product, theme and week; whole weeks, from the one of `since` on."""
    rows = access.rows(Case).filter(
        purpose=purpose, kind=CaseKind.COMPLAINT,
        opened_at__gte=_moment(monday(since)), opened_at__lt=_moment(monday(until) + WEEK),
    )  # fmt: skip
    found: Counter[tuple[Key, date]] = Counter()
    for product, theme, at in rows.values_list("product_id", "theme", "opened_at"):
        found[(product, theme), monday(timezone.localdate(at))] += 1
    return found


def weekly(access: Access, purpose: str, *, since: date, until: date) -> list[Week]:
    """Return complaints and rate by product and week, of products about which there were some."""
    by_week: Counter[tuple[UUID | None, date]] = Counter()
    for ((product, _theme), week), number in counted(
        access, purpose, since=since, until=until
    ).items():
        by_week[product, week] += number
    products = {product for product, _week in by_week if product}
    sold = _sold(access, products, since=monday(since) - YEAR, until=monday(until) + WEEK)
    return [
        Week(product, week, number, _within(sold.get(product, {}), week))
        for (product, week), number in sorted(by_week.items(), key=lambda one: str(one[0]))
    ]


def _sold(
    access: Access, products: Iterable[UUID], *, since: date, until: date
) -> dict[UUID | None, dict[date, int]]:
    """Return how many lines of orders there were, by product and day."""
    lines = access.rows(OrderLine).filter(
        product_id__in=list(products), order__state__in=COUNTED, bought_on__gte=since,
        bought_on__lt=until,
    )  # fmt: skip
    found: dict[UUID | None, dict[date, int]] = {}
    for product, day, number in lines.values_list("product_id", "bought_on").annotate(Count("pk")):
        found.setdefault(product, {})[day] = number
    return found


def _within(sold: Mapping[date, int], week: date) -> int:
    ends = week + WEEK
    return sum(number for day, number in sold.items() if ends - YEAR <= day < ends)


def spikes(found: Mapping[tuple[Key, date], int], week: date) -> list[Spike]:
    """Return where a week has more complaints than chance explains, the least likely first.

    Each product with each theme is looked at, each theme over all products, and each product over
    all themes; the eight weeks before say how many are expected (Poisson). A subject without any
    complaint in them counts as if it had had half a one.
    """
    now, before = Counter[Key](), Counter[Key]()
    for ((product, theme), at), number in found.items():
        where = now if at == week else before if week - BASELINE * WEEK <= at < week else None
        if where is not None:
            for key in {(product, theme), (product, ""), (None, theme)} - {(None, "")}:
                where[key] += number
    told = [
        Spike(product, theme, week, number, max(before[product, theme], 0.5) / BASELINE)
        for (product, theme), number in now.items()
        if number >= FEWEST
    ]
    unlikely = [one for one in told if at_least(one.complaints, one.expected) < UNLIKELY]
    return sorted(unlikely, key=lambda one: (one.expected / one.complaints, one.theme))


def rate(
    access: Access, purpose: str, *, theme: str, product: UUID | None, since: date, until: date
) -> Decimal:
    """Return how many complaints there were in a week, in the mean of some weeks.

    Of one product, or of one theme, or of both; it is what an improvement is measured by.
    """
    found = counted(access, purpose, since=since, until=until)
    total = sum(
        number for ((of, about), _week), number in found.items()
        if product in {None, of} and theme in {"", about}
    )  # fmt: skip
    weeks = (monday(until) - monday(since)).days // 7 + 1
    return round(Decimal(total) / weeks, 4)


def name_theme(by: Staff, *, title_it: str, title_en: str) -> ComplaintTheme:
    """Add a theme to the taxonomy, or give one that is there other words.

    Raises
    ------
    ThemeRefusedError
        there is no title in one of the languages, or the role names no themes
    """
    key = slugify(title_it)[:40]
    if not key or not title_en.strip() or by.role not in MAY_NAME:
        raise ThemeRefusedError
    titles = {"title_it": title_it.strip()[:120], "title_en": title_en.strip()[:120]}
    return ComplaintTheme.objects.update_or_create(
        controller=by.controller, key=key, defaults=titles
    )[0]


def _moment(day: date) -> datetime:
    return datetime.combine(day, time.min, timezone.get_default_timezone())
