"""Is the register complete, and what does it answer: the gaps, and the seven questions."""

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.policy.categories import Category
from governance.policy.register import Clause
from governance.policy.vocabulary import Duty, RecordClass
from governance.portal.guard import page
from governance.portal.roles import Page, may, staff_of
from governance.portal.site import portal
from registry import activities, differences, gaps, labels, questions, setting_up, validator
from registry.admin import title_of
from registry.gaps import Gap, GapKind
from registry.models import ActivityVersion, Controller
from registry.setting_up_steps import Step

KINDS: dict[GapKind, tuple[Promise, Promise]] = {
    GapKind.LETTER_MISSING: (
        gettext_lazy("Missing in the record"),
        gettext_lazy("Complete it"),
    ),
    GapKind.TRANSFER_INCOMPLETE: (
        gettext_lazy("Outside the EEA, and a transfer lacks mechanism, document or assessment"),
        gettext_lazy("Complete the transfer"),
    ),
    GapKind.UNCOVERED_CATEGORY: (
        gettext_lazy("Held, and no activity in force covers it"),
        gettext_lazy("Add it to an activity, or erase it"),
    ),
    GapKind.UNUSED_ACTIVITY: (
        gettext_lazy(
            "Nothing uses this activity: none of its data is held, or nobody has its role"
        ),
        gettext_lazy("Take it out of force, or correct it"),
    ),
    GapKind.INDEFINITE_RETENTION: (
        gettext_lazy("Kept without an end: no rule in force says how long"),
        gettext_lazy("Add a retention rule"),
    ),
    GapKind.INTEREST_NOT_WEIGHED: (
        gettext_lazy("The legitimate interest was not weighed"),
        gettext_lazy("Weigh it in a new version"),
    ),
    GapKind.ASSESSMENT_MISSING: (
        gettext_lazy("It needs an impact assessment, or a consultation of the authority"),
        gettext_lazy("Assess it"),
    ),
    GapKind.ASSESSMENT_OVERDUE: (
        gettext_lazy("The review of the impact assessment is overdue"),
        gettext_lazy("Review the assessment"),
    ),
    GapKind.REVIEW_OVERDUE: (
        gettext_lazy("The review of the activity is overdue"),
        gettext_lazy("Review it"),
    ),
    GapKind.AGREEMENT_MISSING: (
        gettext_lazy("No agreement on record"),
        gettext_lazy("Record the agreement"),
    ),
    GapKind.AGREEMENT_ENDED: (
        gettext_lazy("The agreement has ended"),
        gettext_lazy("Renew the agreement"),
    ),
    GapKind.AGREEMENT_INCOMPLETE: (
        gettext_lazy("The agreement does not bind them to everything"),
        gettext_lazy("Complete the agreement"),
    ),
    GapKind.PURPOSE_WITHOUT_ACTIVITY: (
        gettext_lazy("A purpose without an activity in force"),
        gettext_lazy("Draft its activity"),
    ),
    GapKind.SOURCE_UNVERIFIED: (
        gettext_lazy("In use, and nobody has verified where these data come from"),
        gettext_lazy("Verify the source"),
    ),
    GapKind.ARRANGEMENT_INCOMPLETE: (
        gettext_lazy(
            "A joint controller without contact, or without the essence of the arrangement"
        ),
        gettext_lazy("Complete the arrangement"),
    ),
    GapKind.SUB_PROCESSOR_UNKNOWN: (
        gettext_lazy("A further processor, and it is not said who engaged it"),
        gettext_lazy("Say who engaged it"),
    ),
    GapKind.SUB_PROCESSING_REFUSED: (
        gettext_lazy("It has engaged a further processor, which the agreement does not allow"),
        gettext_lazy("Correct the agreement"),
    ),
}
"""By kind, what is wrong and what mends it."""

WORDS: dict[GapKind, Any] = {
    GapKind.UNCOVERED_CATEGORY: Category,
    GapKind.INDEFINITE_RETENTION: RecordClass,
    GapKind.AGREEMENT_INCOMPLETE: Clause,
}
"""By kind, the vocabulary its words are of; the words of the others are names of fields."""


@dataclass(frozen=True)
class Shown:
    """A gap as the page shows it, with the place where it is mended."""

    what: str
    article: str
    about: str
    words: list[str]
    step: str
    url: str


WHERE: dict[Step, str] = {
    Step.CONTROLLER: "admin:registry_controller_changelist",
    Step.PURPOSES: "admin:registry_activityversion_changelist",
    Step.BASES: "admin:registry_activityversion_changelist",
    Step.RETENTION: "admin:registry_activityversion_changelist",
    Step.APPROVER: "admin:registry_staff_changelist",
    Step.APPROVAL: "admin:registry_activityversion_changelist",
}
PAGES = {Step.CONTROLLER: Page.CONTROLLER, Step.APPROVER: Page.STAFF} | dict.fromkeys(
    (Step.PURPOSES, Step.BASES, Step.RETENTION, Step.APPROVAL), Page.REGISTER
)
STEPS: dict[Step, Promise] = {
    Step.CONTROLLER: gettext_lazy("Who decides"),
    Step.PURPOSES: gettext_lazy("What for"),
    Step.BASES: gettext_lazy("On which basis"),
    Step.RETENTION: gettext_lazy("For how long"),
    Step.APPROVER: gettext_lazy("Who approves"),
    Step.APPROVAL: gettext_lazy("Approved"),
}


@page(Page.HOME)
def set_up_page(request: HttpRequest) -> HttpResponse:
    """Show the steps that come before the first person, and the first that is missing (F11)."""
    controller, now = _controller(request), timezone.now()
    found = setting_up.standings(controller.pk, at=now)
    first = next((one.step for one in found if not one.is_done), None)
    context = {
        **portal.each_context(request),
        "title": _("Set-up: decide before you collect"),
        "steps": [
            {
                "title": STEPS[one.step], "is_done": one.is_done, "is_next": one.step == first,
                "todo": one.missing,
                "address": reverse(WHERE[one.step]) if may(request.user, PAGES[one.step]) else "",
            }
            for one in found
        ],
    }  # fmt: skip
    return TemplateResponse(request, "portal/set_up.html", context)


@page(Page.RECORD, duty=Duty.SUPERVISION)
def gaps_page(request: HttpRequest) -> HttpResponse:
    """Show what is missing in the register, letter by letter and as a whole."""
    controller, now = _controller(request), timezone.now()
    versions = activities.all_in_force(controller.pk, at=now)
    context = {
        **portal.each_context(request),
        "title": _("Is the register complete?"),
        "gaps": [_shown(gap) for gap in gaps.find(controller, now=now)],
        "letters": [
            (version, title_of(version), validator.letters(version)) for version in versions
        ],
        "names": "abcdefg",
    }
    return TemplateResponse(request, "portal/gaps.html", context)


def _shown(gap: Gap) -> Shown:
    what, step = KINDS[gap.kind]
    return Shown(
        what=str(what),
        article=gap.article,
        about=_about(gap),
        words=[_word(gap, word) for word in gap.words],
        step=str(step),
        url=_place(gap),
    )


def _about(gap: Gap) -> str:
    if gap.row and gap.model == ActivityVersion._meta.label:
        return title_of(ActivityVersion.objects.get(pk=gap.row))
    return gap.about


def _word(gap: Gap, word: str) -> str:
    if gap.kind in WORDS:
        return labels.text(WORDS[gap.kind], word)
    if gap.kind is GapKind.SUB_PROCESSING_REFUSED:
        return word  # a name
    if gap.model != ActivityVersion._meta.label:
        return str(getattr(apps.get_model(gap.model)._meta.get_field(word), "verbose_name", word))
    return differences.label(word)


def _place(gap: Gap) -> str:
    name = gap.model.lower().replace(".", "_")
    if gap.row is None:
        return reverse(f"admin:{name}_changelist")
    return reverse(f"admin:{name}_change", args=[gap.row])


@page(Page.RECORD, duty=Duty.SUPERVISION)
def questions_page(request: HttpRequest) -> HttpResponse:
    """Show the seven questions, answered by the register in force."""
    context = {
        **portal.each_context(request),
        "title": _("Seven questions about our data"),
        "answers": questions.answer(_controller(request), now=timezone.now()),
    }
    return TemplateResponse(request, "portal/questions.html", context)


def _controller(request: HttpRequest) -> Controller:
    return Controller.objects.get(pk=staff_of(request).controller_id)
