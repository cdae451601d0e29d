"""The steps of setting a company up, and what is to be done where one is missing."""

from enum import StrEnum, unique

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@unique
class Step(StrEnum):
    """A step before the first person, in its order."""

    CONTROLLER = "controller"
    PURPOSES = "purposes"
    BASES = "bases"
    RETENTION = "retention"
    APPROVER = "approver"
    APPROVAL = "approval"


MISSING: dict[Step, Promise] = {
    Step.CONTROLLER: _("Say who decides: name, office, privacy mailbox and DPO of the company."),
    Step.PURPOSES: _("Say what people's data is for: draft the activities of the register."),
    Step.BASES: _("Say on which basis each activity rests, and weigh each legitimate interest."),
    Step.RETENTION: _("Say how long data is kept: each activity needs a retention rule."),
    Step.APPROVER: _("Name who approves: two people with the role of DPO or legal."),
    Step.APPROVAL: _("Have an activity approved by somebody who did not write it."),
}
"""What is to be done where a step is missing."""
