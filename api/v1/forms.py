"""The bodies that are accepted, field by field. What is not listed here cannot be set."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from api.v1.fields import DayField, MomentField, StrictSerializer, detail, text
from dsar.opendsr.handling import RIGHTS
from governance.policy.consents import Mechanism
from governance.policy.errors import Text
from governance.policy.notifications import Telling
from governance.policy.vocabulary import Channel, ConsentState, Right, SubjectKind

KINDS = [SubjectKind.CUSTOMER, SubjectKind.PROSPECT, SubjectKind.COMPANY_CONTACT]
CONTACTS = ["message", "call", "visit", "letter", "coupon", "click"]
ADDRESS = ("street", "city", "region", "postal_code", "country")
FIELDS_OF_KIND: dict[str, tuple[str, ...]] = {
    "email": ("email",),
    "phone": ("phone",),
    "fax": ("phone",),
    "post": ADDRESS,
    "social": ("handle",),
    "web": ("handle",),
}
"""Which fields an address of each kind has."""
SAID = (
    ConsentState.REQUESTED, ConsentState.DEFERRED, ConsentState.GIVEN, ConsentState.RENEWED,
    ConsentState.REFUSED, ConsentState.WITHDRAWN, ConsentState.REVOKED,
)  # fmt: skip
"""What a connected system can say that a person said."""
HANDED_ON = (
    Mechanism.FORM, Mechanism.PHONE, Mechanism.PAPER, Mechanism.IN_PERSON, Mechanism.IMPORT,
)  # fmt: skip
"""How a person says it to others than us."""
MONTH_AND_DAY = (
    r"^(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    r"|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|[12][0-9]))\Z"
)
LARGEST_TOTAL = Decimal(10) ** 12
MOST_LINES = 200
LONGEST_URL = 500
MOST_POINTS = 20
MOST_TOGETHER = 100


def _refusal(name: str, code: str, message: Text) -> ValidationError:
    return ValidationError({name: [detail(message, code)]})


class PointForm(StrictSerializer):
    """One way to reach a person; the fields of its kind and no others."""

    kind = serializers.ChoiceField(choices=list(FIELDS_OF_KIND))
    label = serializers.CharField(max_length=20, required=False)  # type: ignore[assignment]  # DRF takes fields out of the class
    is_primary = serializers.BooleanField(required=False)
    email = serializers.EmailField(max_length=254, required=False)
    phone = text(40, required=False, allow_null=False)
    street = text(allow_null=False)
    city = text(120, allow_null=False)
    region = text(120, allow_null=False)
    postal_code = text(20, allow_null=False)
    country = text(60, allow_null=False)
    handle = text(254, allow_null=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check that the address is of its kind."""
        own = FIELDS_OF_KIND[attrs["kind"]]
        foreign = set(attrs) - {"kind", "label", "is_primary", *own}
        for name in sorted(foreign):
            raise _refusal(
                name, "field_of_other_kind", _("An address of this kind has no such field.")
            )
        if not any(name in attrs for name in own):
            raise _refusal(own[0], "required", _("An address of this kind needs this field."))
        return attrs


class MergeDecisionForm(StrictSerializer):
    """What somebody decided about two records that may be one person's."""

    decision = serializers.ChoiceField(choices=["merge", "refuse", "undo"])
    decided_by = serializers.CharField(
        max_length=150, help_text="Login name of the member of staff who looked at both records."
    )
    words = serializers.CharField(max_length=2000, help_text="Why, in words.")


class EvidenceForm(StrictSerializer):
    """What makes the contract basis hold (Art. 6(1)(b)): a contract, or steps asked for before."""

    kind = serializers.ChoiceField(choices=["contract", "request"])
    at = MomentField()
    ended_on = DayField(required=False, help_text="Last day of a contract that has one.")


class VersionForm(StrictSerializer):
    """A version of the privacy notice."""

    version = serializers.IntegerField(min_value=1)
    language = serializers.ChoiceField(choices=[code for code, _name in settings.LANGUAGES])


class NoticeForm(VersionForm):
    """Which version of the privacy notice the person was given, when and how (Art. 13, 14)."""

    at = MomentField()
    how = serializers.ChoiceField(choices=[way.value for way in Telling])


class PersonalFields(StrictSerializer):
    """The fields of a contact that are about the person; null clears one."""

    external_id = text(80)
    title = text(40)
    given_name = text()
    middle_name = text()
    family_name = text()
    birth_date = DayField(required=False, allow_null=True, is_past=True)
    birth_day = serializers.RegexField(
        MONTH_AND_DAY, required=False, allow_null=True,
        help_text="Month and day as MM-DD, where the year is not known or not wanted.",
    )  # fmt: skip
    gender = text(20)
    language = text(35)
    company_name = text()
    job_title = text()
    hire_date = DayField(required=False, allow_null=True)
    education = text()
    marital_status = text(40)
    children = text(40)
    home_owner = text(40)
    income = text(40)
    fiscal_code = text(32)
    vat_number = text(32)
    iban = text(42)
    username = text()
    interests = text(1000)
    note = text(10_000)


class NewContactForm(PersonalFields):
    """A new contact: who, from which source, how to reach them."""

    kind = serializers.ChoiceField(choices=[kind.value for kind in KINDS])
    source = serializers.CharField(  # type: ignore[assignment]  # DRF takes fields out of the class
        max_length=200, help_text="Name of a source of the register (Art. 14(2)(f))."
    )
    points = PointForm(many=True, required=False, max_length=MOST_POINTS)  # type: ignore[call-arg]  # of the list
    evidence = EvidenceForm(required=False)
    notice = NoticeForm(
        required=False,
        help_text="Needed of what the person gives, once the company has an approved notice.",
    )
    confirmed_at = MomentField(
        required=False,
        help_text="When the person confirmed at the address that they come back (Art. 7(1)).",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a row about nobody."""
        said = set(attrs) - {
            "kind", "source", "evidence", "points", "confirmed_at", "notice",
        }  # fmt: skip
        if not attrs.get("points") and not any(attrs[name] for name in said):
            raise ValidationError(detail(_("Nothing here says whom it is about."), "about_nobody"))
        return attrs


class ContactChangeForm(PersonalFields):
    """Changes to a contact; what is not named stays."""

    evidence = EvidenceForm(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a change of nothing."""
        if not attrs:
            raise ValidationError(detail(_("Nothing to change."), "nothing_to_change"))
        return attrs


class ContactsForm(StrictSerializer):
    """Which contacts are meant."""

    contacts = serializers.ListField(
        child=serializers.UUIDField(), allow_empty=False, max_length=MOST_TOGETHER
    )


class OneChangeForm(PersonalFields):
    """Changes to one of several contacts; what is not named stays."""

    contact = serializers.UUIDField()
    version = serializers.CharField(
        max_length=40, help_text="That of what was read, or `*` for any version."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a change of nothing."""
        if not set(attrs) - {"contact", "version"}:
            raise ValidationError(detail(_("Nothing to change."), "nothing_to_change"))
        return attrs


class ContactChangesForm(StrictSerializer):
    """Changes to several contacts."""

    changes = OneChangeForm(many=True, allow_empty=False, max_length=MOST_TOGETHER)  # type: ignore[call-arg]  # of the list

    def validate_changes(self, value: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Refuse a contact that is named twice."""
        if len({change["contact"] for change in value}) < len(value):
            raise ValidationError(detail(_("A contact is named twice."), "repeated"))
        return value


class ConsentForm(StrictSerializer):
    """What a person said about the purpose of the call, and how it can be shown (Art. 7(1))."""

    channel = serializers.ChoiceField(choices=[channel.value for channel in Channel])
    state = serializers.ChoiceField(choices=[state.value for state in SAID])
    at = MomentField()
    method = serializers.ChoiceField(choices=[method.value for method in HANDED_ON])
    statement = serializers.CharField(
        max_length=2000, required=False, help_text="The exact words that were shown or read out."
    )
    proof = serializers.CharField(
        max_length=500,
        required=False,
        help_text="Where the evidence is. A consent without it is `unknown`, and opens nothing.",
    )
    notice = VersionForm(required=False)
    expires_on = DayField(required=False)
    born_on = DayField(
        required=False, is_past=True, help_text="Of a child (Art. 8); it is not stored."
    )
    guardian = serializers.CharField(
        max_length=200, required=False, help_text="Who said it for a child, and how you know."
    )


class LinksForm(StrictSerializer):
    """The channel of the message that the links are for."""

    channel = serializers.ChoiceField(choices=[channel.value for channel in Channel])


class SearchForm(StrictSerializer):
    """What is looked for: an e-mail, a phone, a code, a number, or names. Never in an address."""

    q = serializers.CharField(min_length=2, max_length=200)
    page_size = serializers.IntegerField(required=False, help_text="1 to 100; 50 if not said.")
    cursor = serializers.CharField(required=False, allow_blank=True, max_length=500)

    def to_internal_value(self, data: Any) -> Any:
        """Leave the page to `api.pagination`, which has its own codes."""
        values = super().to_internal_value(
            {k: v for k, v in data.items() if k not in {"page_size", "cursor"}}
            if isinstance(data, dict)
            else data
        )
        return {**values, "page_size": data.get("page_size"), "cursor": data.get("cursor")}


class BillingForm(StrictSerializer):
    """The addressee of an order, as on the day."""

    name = text()
    street = text()
    city = text(120)
    region = text(120)
    postal_code = text(20)
    country = text(60)


class LineForm(StrictSerializer):
    """One line of an order."""

    description = serializers.CharField(max_length=500)
    quantity = serializers.DecimalField(max_digits=12, decimal_places=3, min_value=Decimal("0.001"))
    unit_price = serializers.DecimalField(max_digits=14, decimal_places=4)
    product_code = serializers.CharField(max_length=80, required=False)


class NewOrderForm(StrictSerializer):
    """A new order with its lines."""

    contact = serializers.UUIDField()
    number = serializers.CharField(max_length=60)
    ordered_on = DayField(is_past=True)
    currency = serializers.RegexField(r"^[A-Z]{3}$", required=False)
    billing = BillingForm(required=False)
    promised_on = DayField(required=False, help_text="The day by which the goods are promised.")
    is_draft = serializers.BooleanField(
        required=False, help_text="Nothing is agreed yet: it makes no contract until confirmed."
    )
    soft_opt_in = serializers.BooleanField(
        required=False,
        help_text=(
            "The person gave the address with this order, was told that it is used for own similar"
            " products, and could refuse (art. 130(4) D.Lgs. 196/2003)."
        ),
    )
    lines = LineForm(many=True, allow_empty=False, max_length=MOST_LINES)  # type: ignore[call-arg]  # of the list

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a total that no column holds."""
        lines = attrs["lines"]
        total = sum((line["quantity"] * line["unit_price"] for line in lines), Decimal(0))
        if abs(total) >= LARGEST_TOTAL:
            raise _refusal("lines", "total_too_large", _("The total is too large."))
        return attrs


class NewInteractionForm(StrictSerializer):
    """One contact in or out."""

    contact = serializers.UUIDField()
    channel = serializers.ChoiceField(choices=[channel.value for channel in Channel])
    direction = serializers.ChoiceField(choices=["in", "out"])
    occurred_at = MomentField()
    topic = serializers.CharField(max_length=300)
    body = serializers.CharField(max_length=50_000, allow_blank=True)
    is_private = serializers.BooleanField(required=False)
    what = serializers.ChoiceField(
        choices=CONTACTS, required=False,
        help_text="What it was, on paper, in the shop or online: a visit, a letter, a coupon …",
    )  # fmt: skip
    campaign = serializers.SlugField(
        max_length=40, required=False, help_text="Key of the campaign that brought it."
    )


class RequesterForm(StrictSerializer):
    """Who asks, as they say themselves."""

    name = serializers.CharField(max_length=200, required=False)
    email = serializers.EmailField(max_length=254, required=False)
    phone = serializers.CharField(max_length=40, required=False)
    details = serializers.CharField(max_length=10_000, required=False)


class NewRequestForm(StrictSerializer):
    """A request of a data subject that reached a connected system."""

    right = serializers.ChoiceField(choices=[right.value for right in Right])
    channel = serializers.ChoiceField(choices=[channel.value for channel in Channel])
    received_at = MomentField()
    language = serializers.ChoiceField(choices=["it", "en"], required=False)
    evidence = serializers.CharField(
        max_length=500, required=False, help_text="What shows an arrival on an earlier day."
    )
    contact = serializers.UUIDField(required=False)
    requester = RequesterForm(required=False)


class IdentityForm(StrictSerializer):
    """By what a person is known: an e-mail address as it is written."""

    identity_type = serializers.ChoiceField(choices=["email"])
    identity_format = serializers.ChoiceField(
        choices=["raw"],
        help_text="What is hashed without our key finds nobody, so no hash is taken.",
    )
    identity_value = serializers.EmailField(max_length=254)


class OpenDsrForm(StrictSerializer):
    """A request as OpenDSR 2.0 writes it (section 7.1)."""

    regulation = serializers.ChoiceField(choices=["gdpr"], required=False)
    subject_request_id = serializers.UUIDField()
    subject_request_type = serializers.ChoiceField(choices=list(RIGHTS))
    subject_identities = serializers.ListField(child=IdentityForm(), min_length=1, max_length=1)
    submitted_time = MomentField()
    api_version = serializers.RegexField(r"^2(\.[0-9]{1,3}){0,2}$", required=False)
    status_callback_urls = serializers.ListField(
        child=serializers.URLField(max_length=500), required=False, max_length=5
    )
    extensions = serializers.DictField(
        required=False, help_text="Of other processors; nothing of it is read here."
    )

    def validate_status_callback_urls(self, value: list[str]) -> list[str]:
        """Refuse what is not https; where it leads is looked at when it is called."""
        if any(not url.startswith("https://") or len(url) > LONGEST_URL for url in value):
            raise ValidationError([detail(_("Only addresses with https are told."), "not_https")])
        return value
