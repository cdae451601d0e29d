"""What the codes of scores and proposals say at the desk."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ACTIONS: dict[str, Promise] = {
    "win_back": _("Get in touch: the customer may be leaving"),
    "offer": _("Propose something that goes with what was bought"),
    "invite": _("Ask to pass the invitation on"),
    "service": _("Ask whether all is well"),
}
REASONS: dict[str, Promise] = {
    "may_leave": _("Probably buys nothing within ninety days."),
    "likely_to_stay": _("Probably buys again."),
    "bought_before": _("Has ordered before."),
    "buys_often": _("Has ordered more than three times."),
    "bought_together": _("Goes with what was bought before."),
    "declared_need": _("Answers a need that the person declared."),
    "open_case": _("A case of service is open; nothing is sold before it is solved."),
}
KINDS: dict[str, Promise] = {
    "churn": _("Chance of buying nothing within ninety days"),
    "lifetime_value": _("Expected to spend in twelve months"),
    "lead": _("Points for the interest shown"),
    "offer": _("What goes with what"),
}
LOGICS: dict[str, Promise] = {
    "logistic": _("The parts add up to the log-odds of the chance; learned from past orders."),
    "rule": _("By rule, for there is too little to learn from: late, due, or not yet."),
    "bg_nbd": _("Purchases expected, times what one brings; nine of ten futures lie within."),
    "points": _("Points add up, and halve within thirty days."),
    "affinity": _("How often customers who bought one thing went on to buy another."),
}
PARTS: dict[str, Promise] = {
    "base": _("Alike for everybody"),
    "days_since_order": _("Days since the last order"),
    "order_days": _("Days with an order"),
    "days_known": _("Days since the first order"),
    "mean_spent": _("Spent at a time"),
    "purchases_ahead": _("Purchases expected"),
    "per_purchase": _("Expected at each"),
    "message": _("Messages from the person"),
    "coupon": _("Coupons used"),
    "click": _("Links followed"),
    "request": _("Quotes asked for"),
}
