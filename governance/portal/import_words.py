"""What the pages of an import say: fields, reasons of a mapping, and why rows were set aside."""

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm.admin import ENTITIES
from crm.imports import jobs, parsed
from crm.imports.columns import ColumnMapping, Dropped, Reason
from crm.imports.targets import TARGETS, Entity
from dsar import labels as dsar_labels
from governance.policy.categories import Category
from registry import labels

TARGET: dict[str, Promise] = {
    "account_external_id": _("number of the company in the earlier system"),
    "company": _("company"),
    "contact_external_id": _("number of the customer in the earlier system"),
    "do_not_call": _("does not want to be called"),
    "do_not_contact": _("does not want to be contacted"),
    "email_alternate": _("other e-mail address"),
    "email_work": _("e-mail address at work"),
    "fax": _("fax number"),
    "full_name": _("given and family name"),
    "mobile": _("mobile number"),
    "occurred_on": _("date and time"),
    "opted_out_email": _("does not want advertising by e-mail"),
    "order_external_id": _("number of the order in the earlier system"),
    "phone_work": _("phone number at work"),
    "price": _("price"),
    "product_external_id": _("number of the product in the earlier system"),
    "product_name": _("product"),
    "reports_to_external_id": _("number of the superior in the earlier system"),
    "social_facebook": _("Facebook page"),
    "social_instagram": _("Instagram page"),
    "social_linkedin": _("LinkedIn page"),
    "social_twitter": _("X (Twitter) page"),
    "street2": _("second line of the address"),
    "subject": _("subject line"),
    "body": _("text of the message"),
    "channel": _("channel"),
}
"""Fields of an import which the letters to people have no word for, or another one."""

PLACES = {
    "billing_": _("%(field)s of the invoice"),
    "shipping_": _("%(field)s of the delivery"),
}
REASON: dict[Reason, Promise] = {
    Reason.HEADER: _("title of the column"),
    Reason.IDENTITY: _("it numbers the rows"),
    Reason.VALUES: _("form of the values"),
    Reason.DISCOVERY: _("recognised from the values"),
    Reason.PERSON: _("chosen by a person"),
    Reason.NOTHING: _("nothing recognised"),
}
DROPPED: dict[Dropped, Promise] = {
    Dropped.SECRET: _("Refused: it seems to hold secrets, which are never stored (Art. 32)."),
    Dropped.SPECIAL: _("Refused: a special category of data (Art. 9, 10)."),
    Dropped.NO_TARGET: _("No field takes it, so it is left out (Art. 5(1)(c))."),
    Dropped.TAKEN: _("Another column fills its field."),
    Dropped.PERSON: _("Left out by a person."),
}
PROBLEM: dict[str, Promise] = {
    "broken_quoting": _("The quotes in the row do not match."),
    "contact_not_found": _("The customer it belongs to is not held here."),
    "missing_value": _("A cell that is needed is empty."),
    "nobody": _("The row names nobody."),
    "not_admitted": _("The person's data may not be used for this purpose now."),
    "order_not_found": _("The order it belongs to is not held here."),
    "ragged_row": _("The row has more or fewer cells than the header."),
    "repeated": _("The same record occurs twice in the file."),
    "suppressed": _("The person was erased at their request and is not brought in again."),
}


def target(entity: Entity, name: str) -> str:
    """Return what a field is called."""
    if name in TARGET:
        return str(TARGET[name])
    if entity is not Entity.ACCOUNT:  # whose only address is where its invoices go
        for prefix, said in PLACES.items():
            if name.startswith(prefix):
                return str(said) % {"field": target(entity, name.removeprefix(prefix))}
    bare = name.removeprefix("billing_")
    return dsar_labels.word(dsar_labels.FIELDS, bare)


def targets(entity: Entity) -> list[tuple[str, str]]:
    """Return (name, text) of the fields of an entity for a form, by text."""
    named = ((name, target(entity, name)) for name in TARGETS[entity])
    return sorted(((name, text[:1].upper() + text[1:]) for name, text in named), key=lambda f: f[1])


def because(column: ColumnMapping) -> str:
    """Return why a column goes where it goes, or nowhere."""
    if column.dropped_because is not None:
        return str(DROPPED[column.dropped_because])
    return str(REASON[column.reason])


def category(found: Category | None) -> str:
    """Return a category in words, or "" for none."""
    return labels.text(Category, found) if found else ""


def entity(word: str) -> str:
    """Return what the rows are about."""
    return str(ENTITIES.get(word, word))


def problem(code: str) -> str:
    """Return why rows were set aside, by the code that stands beside them."""
    if code in PROBLEM:
        return str(PROBLEM[code])
    try:
        return str(parsed.problem(code, "").message)
    except KeyError:
        return code


def failure(code: str) -> dict[str, str]:
    """Return code, message and advice of an import that stopped."""
    message, advice = jobs.why(code)
    return {"code": code, "message": str(message), "advice": str(advice)}


def reasons(counts: dict[str, int]) -> list[tuple[str, str, int]]:
    """Return (code, text, rows), the most frequent first."""
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [(code, problem(code), count) for code, count in ranked]


def left_out() -> str:
    """Return what a form says for a column that goes nowhere."""
    return gettext("— leave out —")
