"""The fields that an import can fill, for each kind of record.

A target says what a field is called, which category of personal data it is (Art.
30(1)(c)), how its text is read, and which kinds of column, in the words of discovery,
may land in it. What is not listed here cannot be imported: there is no field for a
password, a card number or a diagnosis, and a column without a target is dropped
(Art. 5(1)(c)).
"""

from dataclasses import dataclass
from enum import StrEnum, unique

from crm.imports.parsed import ValueType
from governance.policy.categories import Category


@unique
class Entity(StrEnum):
    """The kinds of record that a file can hold, one to each row."""

    CONTACT = "contact"
    EMPLOYEE = "employee"
    ACCOUNT = "account"
    PRODUCT = "product"
    ORDER = "order"
    ORDER_LINE = "order_line"
    INTERACTION = "interaction"


@dataclass(frozen=True)
class Target:
    """One field that a column can be mapped to.

    Attributes
    ----------
    name : name of the field within its entity
    category : category of personal data, or None where the field is about no person
    kinds : words of discovery for columns that belong here, the best first
    type : how the text of a cell is read
    """

    name: str
    category: Category | None
    kinds: tuple[str, ...] = ()
    type: ValueType = ValueType.TEXT


def _table(*targets: Target) -> dict[str, Target]:
    return {target.name: target for target in targets}


def _address(prefix: str) -> tuple[Target, ...]:
    """Return the parts of a postal address under a prefix, which may be empty."""
    post = Category.POSTAL_ADDRESS
    return (
        Target(f"{prefix}street", post, ("street",)),
        Target(f"{prefix}street2", post, ("street",)),
        Target(f"{prefix}city", post, ("city",)),
        Target(f"{prefix}region", post, ("region",)),
        Target(f"{prefix}postal_code", post, ("postal_code",)),
        Target(f"{prefix}country", post, ("country",)),
    )


_PERSON: tuple[Target, ...] = (
    Target("external_id", Category.CUSTOMER_NUMBER, ("customer_number",)),
    Target("title", Category.NAME, ("title",)),
    Target("given_name", Category.NAME, ("given_name",)),
    Target("middle_name", Category.NAME, ("middle_name",)),
    Target("family_name", Category.NAME, ("family_name",)),
    Target("full_name", Category.NAME, ("full_name",)),
    Target("company", Category.OCCUPATION, ("company",)),
    Target("job_title", Category.OCCUPATION, ("job_title",)),
    Target("email", Category.EMAIL, ("email",), ValueType.EMAIL),
    Target("email_work", Category.EMAIL, (), ValueType.EMAIL),
    Target("email_alternate", Category.EMAIL, ("email",), ValueType.EMAIL),
    Target("phone", Category.PHONE, ("phone",), ValueType.PHONE),
    Target("mobile", Category.PHONE, (), ValueType.PHONE),
    Target("phone_work", Category.PHONE, (), ValueType.PHONE),
    Target("fax", Category.PHONE, ("fax",), ValueType.PHONE),
    *_address(""),
    Target("birth_date", Category.BIRTH, ("birth_date",), ValueType.DATE),
    Target("gender", Category.GENDER, ("gender",)),
    Target("language", Category.LANGUAGE, ("language",)),
    Target("marital_status", Category.FAMILY, ("marital_status",)),
    Target("children", Category.FAMILY, ("children",), ValueType.INTEGER),
    Target("education", Category.EDUCATION, ("education",)),
    Target("income", Category.INCOME, ("income",), ValueType.DECIMAL),
    Target("home_owner", Category.PROPERTY, ("home_owner",), ValueType.BOOLEAN),
    Target("fiscal_code", Category.NATIONAL_ID, ("fiscal_code",)),
    Target("vat_number", Category.NATIONAL_ID, ("vat_number",)),
    Target("iban", Category.BANK_ACCOUNT, ("iban",)),
    Target("note", Category.COMMUNICATIONS, ("note",)),
    Target("username", Category.ONLINE_IDENTIFIER, ("username",)),
    Target("website", Category.ONLINE_IDENTIFIER, ("url",)),
    Target("social_facebook", Category.ONLINE_IDENTIFIER),
    Target("social_twitter", Category.ONLINE_IDENTIFIER),
    Target("social_linkedin", Category.ONLINE_IDENTIFIER),
    Target("social_instagram", Category.ONLINE_IDENTIFIER),
    # Refusals are imported, consents are not: a "yes" without its evidence is worth nothing
    # (Art. 7(1)), a "no" must be kept whoever brings it (Art. 21(3)).
    Target(
        "opted_out_email", Category.CONSENT, ("opted_out_email", "opted_out"), ValueType.BOOLEAN
    ),
    Target("do_not_call", Category.CONSENT, ("do_not_call",), ValueType.BOOLEAN),
    Target("do_not_contact", Category.CONSENT, ("do_not_contact",), ValueType.BOOLEAN),
    Target("account_external_id", Category.OCCUPATION),
)

TARGETS: dict[Entity, dict[str, Target]] = {
    Entity.CONTACT: _table(*_PERSON),
    Entity.EMPLOYEE: _table(
        *_PERSON,
        Target("hire_date", Category.OCCUPATION, ("employment_date",), ValueType.DATE),
        Target("reports_to_external_id", Category.OCCUPATION),
    ),
    Entity.ACCOUNT: _table(
        # An account may be a household or a sole trader, so its data is personal until shown not.
        Target("external_id", Category.CUSTOMER_NUMBER, ("customer_number",)),
        Target("name", Category.NAME, ("company", "full_name")),
        Target("vat_number", Category.NATIONAL_ID, ("vat_number",)),
        *_address("billing_"),
        Target("phone", Category.PHONE, ("phone",), ValueType.PHONE),
        Target("website", Category.ONLINE_IDENTIFIER, ("url",)),
    ),
    Entity.PRODUCT: _table(
        Target("external_id", None),
        Target("name", None, ("product",)),
        Target("price", None, ("amount",), ValueType.DECIMAL),
    ),
    Entity.ORDER: _table(
        Target("external_id", Category.PURCHASES),
        Target("contact_external_id", Category.CUSTOMER_NUMBER, ("customer_number",)),
        Target("ordered_on", Category.PURCHASES, ("date",), ValueType.DATE),
        Target("total", Category.PURCHASES, ("amount",), ValueType.DECIMAL),
        Target("currency", Category.PURCHASES),
        Target("billing_name", Category.NAME, ("full_name",)),
        *_address("billing_"),
        Target("shipping_name", Category.NAME, ("full_name",)),
        *_address("shipping_"),
    ),
    Entity.ORDER_LINE: _table(
        Target("external_id", Category.PURCHASES),
        Target("order_external_id", Category.PURCHASES),
        Target("product_external_id", Category.PURCHASES),
        Target("product_name", Category.PURCHASES, ("product",)),
        Target("unit_price", Category.PURCHASES, ("amount",), ValueType.DECIMAL),
        Target("quantity", Category.PURCHASES, ("quantity",), ValueType.DECIMAL),
    ),
    Entity.INTERACTION: _table(
        Target("external_id", Category.COMMUNICATIONS),
        Target("contact_external_id", Category.CUSTOMER_NUMBER, ("customer_number",)),
        Target("occurred_on", Category.COMMUNICATIONS, ("date",), ValueType.DATETIME),
        Target("channel", Category.COMMUNICATIONS),
        Target("subject", Category.COMMUNICATIONS),
        Target("body", Category.COMMUNICATIONS, ("note",)),
    ),
}
"""Every field of every kind of record; a test holds that none is of a forbidden category."""
