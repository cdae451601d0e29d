"""What the codes of operational data say at the desk, and the names of fields there."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from registry.gate.permissions import Standing

STAGE: dict[str, Promise] = {
    "lead": pgettext_lazy("stage", "Lead"),
    "prospect": pgettext_lazy("stage", "Prospect"),
    "customer": pgettext_lazy("stage", "Customer"),
    "advocate": pgettext_lazy("stage", "Advocate"),
    "former": pgettext_lazy("stage", "Former customer"),
    "employee": pgettext_lazy("stage", "Employee"),
}
LANGUAGE: dict[str, Promise] = {"it": _("Italian"), "en": _("English")}
STANDING: dict[Standing, tuple[Promise, str]] = {
    Standing.ALLOWED: (pgettext_lazy("permission", "Allowed"), "yes"),
    Standing.NEEDS: (pgettext_lazy("permission", "Needs confirmation"), "asks"),
    Standing.REFUSED: (pgettext_lazy("permission", "Refused"), "no"),
    Standing.LIMITED: (pgettext_lazy("permission", "Limited"), "limited"),
}
"""The word and the symbol of a permission."""
FIELD: dict[str, Promise] = {
    "title": _("Form of address"),
    "given_name": _("Given name"),
    "middle_name": _("Middle name"),
    "family_name": _("Family name"),
    "external_id": _("Customer number"),
    "birth_date": _("Date of birth"),
    "gender": _("Gender"),
    "language": _("Language"),
    "company_name": _("Company"),
    "job_title": _("Job title"),
    "education": _("Education"),
    "marital_status": _("Marital status"),
    "children": _("Children"),
    "home_owner": _("Home owner"),
    "income": _("Income"),
    "fiscal_code": _("Tax code"),
    "vat_number": _("VAT number"),
    "iban": _("IBAN"),
    "username": _("Online name"),
    "interests": _("Interests"),
    "note": _("Note"),
    "hire_date": _("Hired on"),
}
ORDER_STATE: dict[str, Promise] = {
    "draft": pgettext_lazy("order", "Draft"),
    "confirmed": pgettext_lazy("order", "Confirmed"),
    "partly_fulfilled": pgettext_lazy("order", "Partly delivered"),
    "fulfilled": pgettext_lazy("order", "Delivered"),
    "closed": pgettext_lazy("order", "Closed"),
    "cancelled": pgettext_lazy("order", "Cancelled"),
}

CASE_STATE: dict[str, Promise] = {
    "new": pgettext_lazy("case", "New"),
    "open": pgettext_lazy("case", "In work"),
    "waiting": pgettext_lazy("case", "Waits for the customer"),
    "solved": pgettext_lazy("case", "Solved"),
}
DIRECTION: dict[str, Promise] = {
    "in": pgettext_lazy("message", "From the person"),
    "out": pgettext_lazy("message", "From us"),
    "own": pgettext_lazy("message", "Among ourselves"),
}


def said(words: dict[str, Promise], code: str) -> str | Promise:
    """Return the words for a code; one that is not known here is shown as it is."""
    return words.get(code, code)
