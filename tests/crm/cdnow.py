"""The customers of CDNOW's first quarter of 1997, one in ten, as the papers count them."""

from collections import defaultdict
from datetime import date, datetime

import numpy as np

from crm.portfolio.buying import Numbers, Purchases
from tests.realdata import CRM

END = date(1997, 9, 30)
WEEK = 7


def customers() -> tuple[Purchases, Numbers]:
    """Return purchases in weeks and the mean of repeat purchases, up to the end of September."""
    spent: dict[str, dict[date, float]] = defaultdict(lambda: defaultdict(float))
    for line in (CRM / "cdnow" / "CDNOW_sample.txt").read_text().splitlines():
        who, _again, day, _discs, dollars = line.split()
        on = datetime.strptime(day, "%Y%m%d").date()  # noqa: DTZ007 - a date has no zone
        if on <= END:
            spent[who][on] += float(dollars)
    rows = []
    for days in spent.values():
        first, *later = sorted(days)
        last = later[-1] if later else first
        mean = sum(days[day] for day in later) / len(later) if later else 0
        rows.append((len(later), (last - first).days / WEEK, (END - first).days / WEEK, mean))
    repeats, last_on, seen, mean_spent = np.array(rows, float).T
    return Purchases(repeats, last_on, seen), mean_spent
