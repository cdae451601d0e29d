"""What the portal shows of the register. Who may see and change it is decided by the portal.

Classes here are registered by `governance.portal.site`, which puts roles, duties and the audit
log in front of them.
"""

from typing import Any

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from governance.policy.categories import Category
from governance.policy.impact import Criterion
from governance.policy.register import Balance, Measure
from governance.policy.vocabulary import (
    ActivityState,
    LawfulBasis,
    Operation,
    RestrictionException,
    Role,
    SubjectKind,
)
from registry import labels, operations, seeing
from registry.columns import column, word_filter
from registry.exchange import asked
from registry.forms import (
    SECTIONS,
    SOURCE_KINDS,
    ActivityVersionForm,
    ControllerForm,
    PurposeForm,
    RuleForm,
    SourceForm,
)
from registry.models import (
    ActivityVersion,
    DataSource,
    ProcessingActivity,
    Purpose,
    RetentionRule,
    Staff,
)
from registry.parts_admin import PartInline

STATE_COLOURS = {
    ActivityState.DRAFT: "warning",
    ActivityState.APPROVED: "success",
    ActivityState.RETIRED: "default",
}


class ControllerAdmin(ModelAdmin):
    """The company's own details, printed in every notice and answer."""

    form = ControllerForm
    list_display = ("name", "country", "sector", "dpo_contact")


class PurposeAdmin(ModelAdmin):
    """Purposes, in words a customer understands."""

    form = PurposeForm
    list_display = ("key", "shown_text", "is_marketing")
    search_fields = ("key", "text_it", "text_en")
    ordering = ("key",)
    fields = ("key", "text_it", "text_en", "is_marketing")

    @display(description=_("text"))
    def shown_text(self, purpose: Purpose) -> str:
        """Return the text in the language of the page."""
        return purpose.text

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """A key is kept once made: log entries and tokens name it."""
        del request
        # Objections stand or fall by `is_marketing`: once made it changes with nobody's approval.
        return ("key", "is_marketing") if obj else ()


class SourceAdmin(ModelAdmin):
    """Where data came from, and whether somebody has verified it."""

    form = SourceForm
    list_display = ("name", "shown_kind", "from_subject", "shown_state", "verified_at")
    search_fields = ("name",)
    ordering = ("name",)

    @display(description=_("kind"), ordering="kind")
    def shown_kind(self, source: DataSource) -> str:
        """Return the kind in words."""
        return str(dict(SOURCE_KINDS).get(source.kind, source.kind))

    @display(
        description=_("state"),
        label={"verified": "success", "person": "info", "waiting": "warning"},
    )
    def shown_state(self, source: DataSource) -> tuple[str, Any]:
        """Return whether the source is verified, as a word and a colour."""
        if source.verified_at:
            return "verified", _("Verified")
        if source.from_subject:
            return "person", _("Given by the person")
        return "waiting", _("Not verified")


class RuleInline(PartInline):
    """The retention rules of a version, edited with it."""

    model = RetentionRule
    form = RuleForm
    whole = ActivityVersion


SHOWN = frozenset(
    {
        "basis", "categories", "subject_kinds", "roles", "operations", "sources", "recipients",
        "balance", "measure_kinds", "risk_criteria", "despite_restriction", "answers",
        "role_categories",
    }
)  # fmt: skip
"""Fields that a page shows in words, by the method `shown_...`."""
READ_ONLY = tuple(
    (title, tuple(f"shown_{name}" if name in SHOWN else name for name in names))
    for title, names in SECTIONS
)


def fieldsets(parts: Any) -> list[tuple[Any, dict[str, Any]]]:
    """Return parts of a form as Django's admin takes them."""
    return [(title, {"fields": names}) for title, names in parts]


class ActivityVersionAdmin(ModelAdmin):
    """Activities in their versions: a draft is edited, everything else is read."""

    form = ActivityVersionForm
    inlines = (RuleInline,)
    list_display = (
        "shown_title", "purpose_key", "number", "shown_state", "shown_basis",
        column("active_from", _("in force from")),
    )  # fmt: skip
    list_filter = (
        word_filter("state", _("state"), labels.ACTIVITY_STATE),
        word_filter("basis", _("lawful basis"), labels.BASIS),
    )
    search_fields = ("title_it", "title_en", "activity__purpose__key")
    ordering = ("activity__purpose__key", "-number")
    list_select_related = ("activity__purpose",)

    records_itself = True  # operations.draft writes the entry

    def is_editable(self, version: ActivityVersion) -> bool:
        """Only a draft can be edited; what was in force stays as it was."""
        return version.state == ActivityState.DRAFT

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Return the form's fields for a draft, texts for a version that is only read."""
        if obj is None:
            return [(None, {"fields": ("purpose",)}), *fieldsets(SECTIONS)]
        if self.has_change_permission(request, obj):
            return fieldsets(SECTIONS)
        return fieldsets(READ_ONLY)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Texts are read only."""
        if obj is None or self.has_change_permission(request, obj):
            return ()
        return tuple(name for _title, names in READ_ONLY for name in names)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Offer the purposes that have no activity yet."""
        form = super().get_form(request, obj, change, **kwargs)
        if obj is None and isinstance(request.user, Staff):
            purpose = form.base_fields["purpose"]
            free = Purpose.objects.filter(
                controller_id=request.user.controller_id, activity__isnull=True
            )
            purpose.queryset = free.order_by("key")
            purpose.help_text = _("A purpose has exactly one activity.")
        return form

    def save_model(
        self, request: HttpRequest, obj: ActivityVersion, form: Any, change: bool
    ) -> None:
        """Save the draft as the work of whoever edits it."""
        if not isinstance(request.user, Staff):
            raise TypeError
        if not change:
            now = timezone.now()
            obj.activity = ProcessingActivity.objects.create(
                controller_id=request.user.controller_id,
                purpose=form.cleaned_data["purpose"],
                first_recorded_on=timezone.localdate(now),
            )
        operations.draft(version=obj, by=request.user, now=timezone.now())

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Give each rule the controller of its version."""
        del request, change
        for rule in formset.save(commit=False):
            rule.controller_id = form.instance.controller_id
            rule.save()
        for rule in formset.deleted_objects:
            rule.delete()

    @display(description=_("activity"))
    def shown_title(self, version: ActivityVersion) -> str:
        """Return the title in the language of the page."""
        return title_of(version)

    @display(description=_("purpose"), ordering="activity__purpose__key")
    def purpose_key(self, version: ActivityVersion) -> str:
        """Return the key of the purpose."""
        return version.activity.purpose.key

    @display(
        description=_("state"),
        ordering="state",
        label={state.value: colour for state, colour in STATE_COLOURS.items()},
    )
    def shown_state(self, version: ActivityVersion) -> tuple[str, str]:
        """Return the state as a word and a colour."""
        return version.state, labels.text(ActivityState, version.state)

    @display(description=_("lawful basis"), ordering="basis")
    def shown_basis(self, version: ActivityVersion) -> str:
        """Return the basis with its letter."""
        letter = labels.BASIS_ARTICLE[LawfulBasis(version.basis)]
        return f"{labels.text(LawfulBasis, version.basis)} (art. {letter})"

    @display(description=_("although processing is restricted (Art. 18(2))"))
    def shown_despite_restriction(self, version: ActivityVersion) -> str:
        """Return what it serves, for which a restriction does not stop it."""
        return labels.text(RestrictionException, version.despite_restriction) or "—"

    @display(description=_("data categories"))
    def shown_categories(self, version: ActivityVersion) -> str:
        """Return the categories in words."""
        return labels.texts(Category, version.categories)

    @display(description=_("categories of data subjects"))
    def shown_subject_kinds(self, version: ActivityVersion) -> str:
        """Return the kinds of people in words."""
        return labels.texts(SubjectKind, version.subject_kinds)

    @display(description=_("roles that may act"))
    def shown_roles(self, version: ActivityVersion) -> str:
        """Return the roles in words."""
        return labels.texts(Role, version.roles)

    @display(description=_("roles that do not see everything"))
    def shown_role_categories(self, version: ActivityVersion) -> str:
        """Return what each of them sees, in words."""
        return "; ".join(seeing.lines(version.role_categories)) or "—"

    @display(description=_("operations"))
    def shown_operations(self, version: ActivityVersion) -> str:
        """Return the operations in words."""
        return labels.texts(Operation, version.operations)

    @display(description=_("outcome of the weighing"))
    def shown_balance(self, version: ActivityVersion) -> str:
        """Return the outcome in words."""
        return labels.text(Balance, version.balance) or "—"

    @display(description=_("kinds of measures"))
    def shown_measure_kinds(self, version: ActivityVersion) -> str:
        """Return the kinds of measures in words."""
        return labels.texts(Measure, version.measure_kinds) or "—"

    @display(description=_("criteria of a high risk"))
    def shown_risk_criteria(self, version: ActivityVersion) -> str:
        """Return the criteria in words."""
        return labels.texts(Criterion, version.risk_criteria) or "—"

    @display(description=_("further questions of authorities"))
    def shown_answers(self, version: ActivityVersion) -> str:
        """Return question and answer, a pair a line."""
        said = [(asked.QUESTIONS[key], text) for key, text in version.answers.items()]
        return format_html_join("", "<p>{}: {}</p>", said) or "—"

    @display(description=_("sources"))
    def shown_sources(self, version: ActivityVersion) -> str:
        """Return the names of the sources."""
        return names(version.sources.all())

    @display(description=_("recipients"))
    def shown_recipients(self, version: ActivityVersion) -> str:
        """Return the names of the recipients."""
        return names(version.recipients.all())


class StaffAdmin(ModelAdmin):
    """Who works with Custode. Hiring and leaving are steps of their own."""

    list_display = ("username", "shown_role", "language", "is_active", "last_login")
    list_filter = (word_filter("role", _("role"), labels.ROLE), "is_active")
    search_fields = ("username",)
    ordering = ("username",)

    @display(description=_("role"), ordering="role")
    def shown_role(self, staff: Staff) -> str:
        """Return the role in words."""
        return labels.text(Role, staff.role)


class FindingAdmin(ModelAdmin):
    """Questions of discovery; the answer is a step of its own."""

    list_display = (
        "place",
        "shown_category",
        "shown_kind",
        "masked_sample",
        "count",
        "shown_answer",
    )
    list_filter = (
        word_filter("answer", _("answer"), labels.FINDING_ANSWER),
        word_filter("kind", _("question"), labels.FINDING_KIND),
    )
    search_fields = ("place",)
    ordering = ("answer", "-raised_at")

    @display(description=_("looks like"), ordering="category")
    def shown_category(self, finding: Any) -> str:
        """Return the category in words."""
        return labels.text(Category, finding.category)

    @display(description=_("question"), ordering="kind")
    def shown_kind(self, finding: Any) -> str:
        """Return the question in words."""
        return str(labels.FINDING_KIND.get(finding.kind, finding.kind))

    @display(
        description=_("answer"),
        ordering="answer",
        label={"": "warning", "confirmed": "info", "dismissed": "default", "removed": "success"},
    )
    def shown_answer(self, finding: Any) -> tuple[str, Any]:
        """Return the answer as a word and a colour."""
        return finding.answer, labels.FINDING_ANSWER[finding.answer]


def title_of(version: ActivityVersion) -> str:
    """Return the title of a version in the language of the page."""
    return labels.titled(version.title_it, version.title_en) or version.title_it


def names(rows: QuerySet[Any]) -> str:
    """Return the names of rows, with commas."""
    return ", ".join(rows.order_by("name").values_list("name", flat=True)) or "—"
