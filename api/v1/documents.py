"""The answers, written down for the OpenAPI document. Answers are made by `shapes`, not by these.

A personal field may be missing: its category was withheld, and `_withheld` names it.
"""

from typing import Any

from rest_framework import serializers

from api.v1.forms import PersonalFields, PointForm
from crm.people.timeline import KINDS
from governance.policy.categories import Category
from governance.policy.decisions import Asks, Refusal
from governance.policy.matching import Reason
from governance.policy.vocabulary import Channel, ConsentState, Operation, Right

APART = [kind for kind in KINDS if kind.name not in {"order", "interaction"}]
"""What a timeline shows that no other answer does."""


def decimal(**kwargs: Any) -> serializers.CharField:
    """Return an exact number, as a text."""
    return serializers.CharField(help_text="An exact decimal number, as text.", **kwargs)


def maybe(length: int = 200) -> serializers.CharField:
    """Return a text that is null where nothing is held, and absent where it is withheld."""
    return serializers.CharField(max_length=length, required=False, allow_null=True)


class Place(serializers.Serializer[Any]):
    """One place of a body that is wrong."""

    pointer = serializers.CharField(help_text="JSON pointer (RFC 6901), as a fragment.")
    code = serializers.CharField()
    detail = serializers.CharField()


class Problem(serializers.Serializer[Any]):
    """What went wrong, and the lawful way on (RFC 9457)."""

    type = serializers.URLField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    instance = serializers.CharField(required=False)
    code = serializers.CharField(help_text="Stable; see `/api/v1/problems/`.")
    article = serializers.CharField(
        allow_blank=True, help_text="Of the GDPR, unless it names another law; or empty."
    )
    advice = serializers.CharField(allow_blank=True)
    retryable = serializers.BooleanField()
    errors = Place(many=True, required=False)  # type: ignore[assignment]  # DRF takes fields out of the class


class EvidenceRow(serializers.Serializer[Any]):
    """A row that an answer rests on."""

    kind = serializers.CharField(
        help_text="Name of its table in the register, such as `consentstanding`."
    )
    id = serializers.UUIDField()


class GateAnswer(serializers.Serializer[Any]):
    """One question of the gate."""

    asks = serializers.ChoiceField(choices=[asks.value for asks in Asks])
    code = serializers.ChoiceField(
        choices=[refusal.value for refusal in Refusal],
        allow_null=True,
        help_text="Why it refuses; null where it lets through.",
    )
    article = serializers.CharField(allow_blank=True)
    detail = serializers.CharField(allow_blank=True)
    advice = serializers.CharField(allow_blank=True, help_text="The lawful way on.")
    evidence = EvidenceRow(many=True)


class Decision(serializers.Serializer[Any]):
    """What the gate would answer, and why: every question, in order."""

    decision = serializers.CharField(help_text="`open`, or the code of the first refusal.")
    activity = serializers.CharField(allow_blank=True, help_text="Version that was asked.")
    operation = serializers.ChoiceField(choices=[o.value for o in Operation])
    channel = serializers.ChoiceField(choices=[c.value for c in Channel], allow_null=True)
    at = serializers.DateTimeField()
    answers = GateAnswer(many=True)


class Reference(serializers.Serializer[Any]):
    """Where a record is. A write repeats no data: read what you need."""

    id = serializers.UUIDField()
    href = serializers.CharField()


class CreatedContact(Reference):
    """Where a new contact is, and whether it waits for its source to be verified."""

    is_quarantined = serializers.BooleanField()


class ChangedContact(Reference):
    """A contact that was changed, and its version now."""

    version = serializers.CharField()


class ChangedContacts(serializers.Serializer[Any]):
    """Contacts that were changed together, by id."""

    items = ChangedContact(many=True)


class RecordedConsent(Reference):
    """A line of the ledger of consent, as it was recorded."""

    state = serializers.ChoiceField(required=False, choices=[state.value for state in ConsentState])
    confirm = serializers.URLField(
        required=False, help_text="To send to the person: what was asked counts when they confirm."
    )


class Links(Reference):
    """Links for a message to one contact; they name nobody."""

    preferences = serializers.URLField()
    expires_on = serializers.DateField(help_text="Last day of the link to preferences.")
    unsubscribe = serializers.URLField(help_text="Ends the purpose on the channel; never expires.")
    headers = serializers.DictField(
        child=serializers.CharField(), help_text="For the message, as RFC 8058 says."
    )


def _withheld() -> serializers.ListField:
    return serializers.ListField(
        child=serializers.ChoiceField(choices=[c.value for c in Category]),
        help_text="Categories of data that this purpose may not see.",
    )


class Point(PointForm):
    """One way to reach a person."""

    kind = serializers.CharField()  # type: ignore[assignment]  # read, not chosen
    id = serializers.UUIDField()
    verified_at = serializers.DateTimeField(required=False)
    bounced_at = serializers.DateTimeField(required=False)


class ListedContact(PersonalFields):
    """A contact, as far as the purpose may see it."""

    id = serializers.UUIDField(help_text="Of the data subject.")
    collected_at = serializers.DateTimeField()
    stage = serializers.ChoiceField(
        choices=["lead", "prospect", "customer", "former", "employee"], required=False
    )
    points = Point(many=True)
    version = serializers.CharField(
        help_text="Changes with each change of the record; sent as `If-Match`, in quotes."
    )


def named(base: type[serializers.Serializer[Any]], **more: Any) -> Any:
    """Return the same document with `_withheld`, whose name no class attribute can have."""
    fields = {**more, "_withheld": _withheld(), "__doc__": base.__doc__}
    return type(base.__name__.removeprefix("Listed"), (base,), fields)


def page_of(item: type[serializers.Serializer[Any]], name: str, **more: Any) -> Any:
    """Return the document of one page of items."""
    fields = {
        "__doc__": "One page; people who may not be used are left out and counted.",
        "items": item(many=True),
        "next": serializers.CharField(allow_null=True, help_text="Address of the next page."),
        "excluded": serializers.DictField(
            child=serializers.IntegerField(),
            help_text="How many, by code of refusal; a search says `not_usable`.",
        ),
        "_withheld": _withheld(),
        **more,
    }
    return type(name, (serializers.Serializer,), fields)


class OrderLine(serializers.Serializer[Any]):
    """One line of an order."""

    id = serializers.UUIDField()
    product_code = serializers.CharField(allow_null=True)
    description = maybe(500)
    quantity = decimal(required=False)
    unit_price = decimal(required=False)
    bought_on = serializers.DateField(required=False)
    warranty_until = serializers.DateField(required=False, allow_null=True)


class ListedOrder(serializers.Serializer[Any]):
    """An order with its lines, as far as the purpose may see it."""

    id = serializers.UUIDField()
    contact = serializers.UUIDField()
    currency = serializers.CharField()
    number = serializers.CharField(required=False)
    state = serializers.CharField(required=False)
    ordered_on = serializers.DateField(required=False)
    promised_on = serializers.DateField(required=False, allow_null=True)
    total = decimal(required=False)
    billing_name = maybe()
    billing_street = maybe()
    billing_city = maybe()
    billing_region = maybe()
    billing_postal_code = maybe()
    billing_country = maybe()
    lines = OrderLine(many=True)


class Interaction(serializers.Serializer[Any]):
    """One contact in or out."""

    id = serializers.UUIDField()
    contact = serializers.UUIDField()
    channel = serializers.ChoiceField(choices=[c.value for c in Channel])
    network = serializers.CharField(allow_blank=True, help_text="Of a social network: which one.")
    kind = serializers.CharField(help_text="message, call, visit, letter, coupon, click or note.")
    direction = serializers.CharField(help_text="`in`, `out`, or `own`: a note among ourselves.")
    conversation = serializers.UUIDField(allow_null=True)
    campaign = serializers.CharField(allow_blank=True)
    state = serializers.CharField(
        help_text="received, noted, waiting (to be sent), by_hand (a person does it), sent, handed"
        " (done by a person) or failed."
    )
    is_private = serializers.BooleanField()
    purpose = serializers.CharField(allow_blank=True)
    occurred_at = serializers.DateTimeField(required=False)
    contacted_on = serializers.DateField(required=False, allow_null=True)
    topic = maybe(300)
    body = maybe(50_000)
    address = maybe(254)


def _optional(*bases: type[serializers.Serializer[Any]]) -> dict[str, Any]:
    """Return the fields of several documents, none of them required."""
    fields = {n: f for base in bases for n, f in base().get_fields().items()}
    for field in fields.values():
        # A class copies its fields from what made them, not from what they became.
        field._kwargs["required"] = False  # type: ignore[attr-defined]  # the stubs leave it out
    return fields


class Duplicates(serializers.Serializer[Any]):
    """What a search for duplicates came to; nothing is merged by it."""

    proposed = serializers.ListField(child=serializers.UUIDField(), help_text="New proposals.")
    compared = serializers.IntegerField(help_text="With how many people who share something.")
    is_all = serializers.BooleanField(help_text="False where more share something than are read.")
    excluded = serializers.DictField(child=serializers.IntegerField())


class MergeProposal(serializers.Serializer[Any]):
    """Two records that may be one person's, and what speaks for it."""

    id = serializers.UUIDField()
    contacts = serializers.ListField(child=serializers.UUIDField())
    likeness = serializers.IntegerField(required=False)
    reasons = serializers.ListField(
        child=serializers.ChoiceField(choices=[reason.value for reason in Reason]), required=False
    )
    proposed_at = serializers.DateTimeField()


class Merge(serializers.Serializer[Any]):
    """What was decided about two records."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=["merged", "refused", "undone"])
    leading = serializers.UUIDField(
        allow_null=True, help_text="Of two merged records, the one that stands for both."
    )
    since_merged = serializers.DictField(
        child=serializers.IntegerField(),
        help_text="Of two that were parted, how many rows came to each meanwhile.",
    )


def _details() -> type[serializers.Serializer[Any]]:
    """Return the fields of what a timeline shows beside orders and interactions."""
    shown = {name for kind in APART for name in kind.shows}
    fields: dict[str, Any] = {name: serializers.JSONField(required=False) for name in sorted(shown)}
    fields["__doc__"] = "What is held of another kind of entry; the fields are those of its kind."
    return type("TimelineDetails", (serializers.Serializer,), fields)


class TimelineEntry(serializers.Serializer[Any]):
    """An order or an interaction with its fields, or another thing that happened."""

    at = serializers.DateTimeField(help_text="For an order, the start of its day.")
    type = serializers.ChoiceField(choices=[kind.name for kind in KINDS])
    details = _details()(required=False)
    id = serializers.UUIDField()
    contact = serializers.UUIDField()


class Request(serializers.Serializer[Any]):
    """How a request of a data subject stands. What the person wrote is not repeated."""

    id = serializers.UUIDField()
    href = serializers.CharField()
    reference = serializers.CharField()
    right = serializers.ChoiceField(choices=[r.value for r in Right])
    state = serializers.CharField()
    channel = serializers.ChoiceField(choices=[c.value for c in Channel])
    language = serializers.CharField()
    received_at = serializers.DateTimeField()
    due_on = serializers.DateField(help_text="Art. 12(3): one month, as the legal clock counts.")
    extended_to = serializers.DateField(allow_null=True)
    identity = serializers.CharField()
    is_held = serializers.BooleanField(help_text="Whether we hold anything about the person.")
    refusal_ground = serializers.CharField(allow_blank=True)
    closed_at = serializers.DateTimeField(allow_null=True)


class OpenDsrIdentity(serializers.Serializer[Any]):
    """A kind of identity that is taken."""

    identity_type = serializers.CharField()
    identity_format = serializers.CharField()


class OpenDsrDiscovery(serializers.Serializer[Any]):
    """What is supported of OpenDSR (section 6.3)."""

    api_version = serializers.CharField()
    supported_identities = OpenDsrIdentity(many=True)
    supported_subject_request_types = serializers.ListField(child=serializers.CharField())
    processor_certificate = serializers.URLField()


class OpenDsrReceived(serializers.Serializer[Any]):
    """That a request was received (section 7.3); the signature is in the headers."""

    controller_id = serializers.CharField()
    subject_request_id = serializers.UUIDField()
    received_time = serializers.DateTimeField()
    expected_completion_time = serializers.DateTimeField()
    encoded_request = serializers.CharField(help_text="Base64 of the body of the call.")


class OpenDsrStatus(serializers.Serializer[Any]):
    """How a request stands (section 8.3)."""

    controller_id = serializers.CharField()
    subject_request_id = serializers.UUIDField()
    request_status = serializers.ChoiceField(
        choices=["pending", "in_progress", "completed", "cancelled"]
    )
    expected_completion_time = serializers.DateTimeField()
    api_version = serializers.CharField()


class OpenDsrCancelled(serializers.Serializer[Any]):
    """That a cancellation was received (section 9.2)."""

    controller_id = serializers.CharField()
    subject_request_id = serializers.UUIDField()
    received_time = serializers.DateTimeField()
    api_version = serializers.CharField()


Contact = named(
    ListedContact,
    same_person=ListedContact(
        many=True, help_text="Other records of the same person that the purpose may see."
    ),
)
Order = named(ListedOrder)
ContactPage = page_of(ListedContact, "ContactPage")
FoundContacts = page_of(
    ListedContact, "FoundContacts", next_cursor=serializers.CharField(allow_null=True)
)
ContactsById = type(
    "ContactsById",
    (serializers.Serializer,),
    {
        "__doc__": "Contacts by id; those that may not be used, or are not held, are counted.",
        "items": ListedContact(many=True),
        "excluded": serializers.DictField(child=serializers.IntegerField()),
        "_withheld": _withheld(),
    },
)
OrderPage = page_of(ListedOrder, "OrderPage")
InteractionPage = page_of(Interaction, "InteractionPage")
TimelineItem = type(
    "TimelineItem",
    (TimelineEntry,),
    {
        **{
            n: f
            for n, f in _optional(ListedOrder, Interaction).items()
            if n not in {"id", "contact"}
        },
        "__doc__": TimelineEntry.__doc__,
    },
)
MergePage = page_of(MergeProposal, "MergePage")
TimelinePage = page_of(TimelineItem, "TimelinePage")


class Consistency(serializers.Serializer[Any]):
    """The proof that the larger tree of the audit log continues the smaller (RFC 6962, 2.1.2)."""

    old = serializers.IntegerField()
    new = serializers.IntegerField()
    hashes = serializers.ListField(child=serializers.CharField(), help_text="Base64, in order.")
