"""Other companies: who receives data, by which contract, in which country; for whom we act."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import URLValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from governance.crypto.ids import uuid7
from governance.policy.register import EEA, AtEnd, Clause, Mechanism, PartyRole, SubProcessing
from registry.models.parties import Controller


class Recipient(models.Model):
    """To whom data goes (Art. 4(9), 26, 28, 30(1)(d)), and the agreement with them."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="recipients")
    name = models.CharField(_("name"), max_length=200)
    role = models.CharField(_("role"), max_length=20, default=PartyRole.PROCESSOR)
    sub_processor_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="sub_processors",
        verbose_name=_("engaged by the processor"),
    )  # fmt: skip
    category_it = models.CharField(_("category, Italian"), max_length=200)
    category_en = models.CharField(_("category, English"), max_length=200)
    country = models.CharField(_("country"), max_length=2, default="IT")
    address = models.CharField(_("address"), max_length=300, blank=True)
    contact = models.CharField(
        _("contact"), max_length=200, blank=True,
        help_text=_("A mailbox or a phone number of the company, not of a person."),
    )  # fmt: skip
    agreement_on = models.DateField(_("agreement of"), null=True, blank=True)
    agreement_until = models.DateField(_("agreement until"), null=True, blank=True)
    agreement_subject = models.TextField(
        _("what the agreement is about"), blank=True,
        help_text=_("Art. 28(3): subject matter, duration, nature and purpose, data and people."),
    )  # fmt: skip
    agreement_document = models.CharField(
        _("where the agreement is kept"), max_length=200, blank=True
    )
    clauses = ArrayField(
        models.CharField(max_length=20), verbose_name=_("what the agreement binds them to"),
        default=list, blank=True,
    )  # fmt: skip
    sub_processing = models.CharField(_("further processors"), max_length=10, blank=True)
    at_end = models.CharField(_("at the end of the service"), max_length=10, blank=True)
    arrangement = models.TextField(
        _("essence of the arrangement"), blank=True,
        help_text=_("Art. 26(2): who does what, made available to people."),
    )  # fmt: skip
    endpoint = models.URLField(
        _("address for notices of erasure"),
        blank=True,
        validators=[URLValidator(schemes=["https"])],
        help_text=_("https:// address that takes Standard Webhooks; without one, staff write."),
    )

    class Meta:
        verbose_name = _("recipient")
        verbose_name_plural = _("recipients")
        constraints = [
            models.UniqueConstraint(fields=["controller", "name"], name="one_recipient_per_name"),
            models.CheckConstraint(condition=Q(role__in=list(PartyRole)), name="known_party_role"),
            models.CheckConstraint(
                condition=Q(sub_processor_of__isnull=True)
                | (Q(role=PartyRole.SUB_PROCESSOR) & ~Q(sub_processor_of=F("id"))),
                name="sub_processor_of_another",
            ),
            models.CheckConstraint(
                condition=Q(clauses__contained_by=list(Clause)), name="known_clauses"
            ),
            models.CheckConstraint(
                condition=Q(sub_processing__in=["", *SubProcessing]), name="known_sub_processing"
            ),
            models.CheckConstraint(condition=Q(at_end__in=["", *AtEnd]), name="known_end"),
            models.CheckConstraint(
                condition=Q(agreement_until__isnull=True)
                | Q(agreement_on__isnull=False, agreement_until__gte=F("agreement_on")),
                name="agreement_ends_after_it_began",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_outside(self) -> bool:
        """Whether data leaves the EEA with them: their seat is outside, or a transfer of theirs."""
        return self.country not in EEA or bool(self.transfers.all())

    @property
    def safeguard(self) -> str:
        """What makes the transfers to them lawful, in the language of the page."""
        return "; ".join(str(transfer) for transfer in self.transfers.all())


class Transfer(models.Model):
    """Data leaves the EEA for a recipient: where to, by which mechanism, on which document (44-49).

    A recipient may bring data to several countries: its own, and those of whom it engages. What we
    do for another controller may, too (Art. 30(2)(c)).
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="+")
    recipient = models.ForeignKey(
        Recipient, on_delete=models.CASCADE, null=True, related_name="transfers"
    )
    on_behalf = models.ForeignKey(
        "registry.ProcessingOnBehalf", on_delete=models.CASCADE, null=True,
        related_name="third_country_transfers",
    )  # fmt: skip
    country = models.CharField(_("country"), max_length=2, blank=True)
    organisation = models.CharField(_("international organisation"), max_length=200, blank=True)
    # Empty only in rows that an earlier release left as text: the validator asks for it.
    mechanism = models.CharField(_("mechanism"), max_length=24, blank=True)
    document = models.CharField(
        _("document"), max_length=300, blank=True,
        help_text=_("Where the safeguards are written down, and how people get a copy."),
    )  # fmt: skip
    assessment = models.TextField(
        _("assessment of the transfer"), blank=True,
        help_text=_("Law and practice of the country, and what is done about them."),
    )  # fmt: skip
    assessed_on = models.DateField(_("assessed on"), null=True, blank=True)

    class Meta:
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        constraints = [
            models.CheckConstraint(
                condition=~Q(country="", organisation=""), name="transfer_to_somewhere"
            ),
            models.CheckConstraint(
                condition=Q(mechanism__in=["", *Mechanism]), name="known_mechanism"
            ),
            models.CheckConstraint(
                condition=Q(recipient__isnull=True, on_behalf__isnull=False)
                | Q(recipient__isnull=False, on_behalf__isnull=True),
                name="transfer_of_one",
            ),
        ]

    def __str__(self) -> str:
        from registry import register_labels

        return register_labels.transfer(self)


class ProcessingOnBehalf(models.Model):
    """What we do as the processor of another controller: the record of Art. 30(2)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(
        Controller, on_delete=models.PROTECT, related_name="processing_on_behalf"
    )
    principal = models.CharField(_("controller we act for"), max_length=200)
    principal_contact = models.CharField(_("their contact"), max_length=300)
    representative = models.CharField(_("their representative"), max_length=300, blank=True)
    dpo_contact = models.CharField(_("their DPO"), max_length=200, blank=True)
    processing_it = models.TextField(_("categories of processing, Italian"))
    processing_en = models.TextField(_("categories of processing, English"))
    transfers = models.TextField(
        _("about the transfers"), blank=True,
        help_text=_("What the list of transfers does not say."),
    )  # fmt: skip
    measure_kinds = ArrayField(
        models.CharField(max_length=24), verbose_name=_("security measures"),
        default=list, blank=True,
    )  # fmt: skip
    measures = models.TextField(_("about the measures"), blank=True)
    agreement_on = models.DateField(_("agreement of"), null=True, blank=True)
    agreement_until = models.DateField(_("agreement until"), null=True, blank=True)

    class Meta:
        verbose_name = _("processing for others")
        verbose_name_plural = _("processing for others")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "principal"], name="one_record_per_principal"
            )
        ]

    def __str__(self) -> str:
        return self.principal
