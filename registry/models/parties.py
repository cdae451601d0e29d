"""Controllers: who decides why and how (Art. 4(7)). One installation serves one or many."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from governance.crypto.ids import uuid7


class Controller(models.Model):
    """A company that decides; its data is invisible to every other one.

    Contact details are those of the organisation and its data protection officer's
    function, printed in every notice and answer (Art. 13(1)(a)-(b)).
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.SlugField(unique=True)
    name = models.CharField(_("name"), max_length=200)
    address = models.TextField(_("registered office"), blank=True)
    email = models.EmailField(_("privacy mailbox"), blank=True)
    dpo_contact = models.CharField(_("DPO contact"), max_length=200, blank=True)
    representative = models.CharField(_("representative (Art. 27)"), max_length=200, blank=True)
    country = models.CharField(_("country"), max_length=2, default="IT")
    sector = models.CharField(_("sector"), max_length=120, blank=True)
    law = models.CharField(
        _("applicable law"), max_length=200, default="GDPR; D.Lgs. 196/2003", blank=True
    )
    review_every = models.CharField(
        _("activities are reviewed every"), max_length=12, default="P12M",
        help_text=_("ISO 8601, such as P12M"),
    )  # fmt: skip

    class Meta:
        verbose_name = _("controller")
        verbose_name_plural = _("controllers")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(review_every__regex=r"^P(\d+Y)?(\d+M)?(\d+D)?$")
                & ~models.Q(review_every="P"),
                name="review_every_is_iso_8601",
            )
        ]

    def __str__(self) -> str:
        return self.name
