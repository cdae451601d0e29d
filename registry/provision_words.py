"""What people are shown for the parameters of provisions, and the words their values use.

`registry.labels` takes these in; values are put in words by `registry.provision_labels`.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.policy.provisions import Parameter
from governance.policy.vocabulary import Priority

PARAMETER: dict[Parameter, Promise] = {
    Parameter.AGE_OF_CONSENT: _("Age from which a child consents by themselves"),
    Parameter.BREACH_HOURS: _("Hours to notify a breach"),
    Parameter.CONSENT_CHANNELS: _("Channels on which marketing needs consent"),
    Parameter.SOFT_OPT_IN_CHANNELS: _("Channels with soft opt-in"),
    Parameter.OPPOSITION_CHANNELS: _("Channels under the register of oppositions"),
    Parameter.OPPOSITION_VALID_FOR: _("How long a check of that register counts"),
    Parameter.OPPOSITION_GRACE: _("After the end of a contract it does not bind for"),
    Parameter.HOURS_EMAIL: _("Hours for e-mail"),
    Parameter.HOURS_PHONE: _("Hours for calls"),
    Parameter.HOURS_SMS: _("Hours for SMS"),
    Parameter.HOURS_WHATSAPP: _("Hours for WhatsApp"),
    Parameter.FREQUENCY_EMAIL: _("At most by e-mail"),
    Parameter.FREQUENCY_PHONE: _("At most by phone"),
    Parameter.FREQUENCY_SMS: _("At most by SMS"),
    Parameter.FREQUENCY_WHATSAPP: _("At most by WhatsApp"),
    Parameter.FREQUENCY_POST: _("At most by post"),
    Parameter.EMERGENCY_ROLES: _("Roles with emergency access"),
    Parameter.EMERGENCY_MINUTES: _("Minutes an emergency access lasts"),
    Parameter.HOURS_SERVICE: _("Hours in which the times of service count"),
    Parameter.FIRST_RESPONSE: _("Working time to the first answer, by priority"),
    Parameter.RESOLUTION: _("Working time to the solution, by priority"),
    Parameter.WARRANTY: _("How long what was bought is under warranty"),
    Parameter.SMALLEST_CELL: _("Smallest count shown in exported figures"),
}
PRIORITY: dict[Priority, Promise] = {
    Priority.URGENT: pgettext_lazy("priority", "Urgent"),
    Priority.HIGH: pgettext_lazy("priority", "High"),
    Priority.NORMAL: pgettext_lazy("priority", "Normal"),
    Priority.LOW: pgettext_lazy("priority", "Low"),
}

TEXTS: dict[type[StrEnum], Mapping[Any, Promise]] = {Parameter: PARAMETER, Priority: PRIORITY}
"""Texts by vocabulary."""
