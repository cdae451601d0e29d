"""What stands in front of every page: the role, the duty, the log.

`Guarded` is mixed in front of each `ModelAdmin` when the site takes it (`site.keep`), so that
an app's `admin.py` says what a list shows and nothing about who may see it. Pages that touch
personal tables are rendered inside one duty access and sent after it has committed.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast
from uuid import UUID

from django.contrib.admin import ModelAdmin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse
from django.urls import reverse
from django.utils import timezone

from audit import log
from audit.actions import Action, Outcome
from governance.policy.vocabulary import Duty
from governance.portal.roles import May, Page, may, staff_of
from registry import history
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.models import Controller
from registry.operations import KEEPING

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
ACCESS_LOGGING = "access_logging"


def under_duty(
    request: HttpRequest,
    view: Callable[[Access], HttpResponse],
    *,
    duty: Duty = Duty.SUPERVISION,
    reference: UUID | None = None,
) -> HttpResponse:
    """Run and render a view inside one duty access; the response leaves after the commit."""
    actor = staff_of(request).actor()
    with gate.duty(actor, duty, reference=reference, now=timezone.now()) as access:
        response = view(access)
        if isinstance(response, SimpleTemplateResponse):
            response.render()
    response["Cache-Control"] = "no-store"
    return response


def page(
    which: Page, *, level: May = May.VIEW, duty: Duty | None = None
) -> Callable[[View[P]], View[P]]:
    """Ask for `level` on a page before a view, and open `duty` around it if one is named."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if may(request.user, which) < level:
                raise PermissionDenied
            if duty is None:
                return view(request, *args, **kwargs)
            return under_duty(request, lambda _access: view(request, *args, **kwargs), duty=duty)

        return cast(View[P], guarded)  # wraps() hides that it is one

    return decorate


def record_denial(request: HttpRequest) -> None:
    """Record that somebody asked for a page their role has not."""
    event = log.Event(
        action=Action.ACCESS_REFUSED,
        purpose=ACCESS_LOGGING,
        outcome=Outcome.REFUSED,
        reason="role_not_allowed",
    )
    log.record_apart(staff_of(request).actor(), event, now=timezone.now())


class OfController:
    """Mixed into a form, so that unique names are checked within the controller."""

    controller_id: UUID
    instance: models.Model

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if hasattr(self.instance, "controller_id") and self.instance.controller_id is None:
            self.instance.controller_id = self.controller_id

    def _get_validation_exclusions(self) -> set[str]:
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]  # ModelForm is next in line
        return excluded - {"controller"}


class Guarded(ModelAdmin):  # type: ignore[type-arg]  # stands in front of admins of every model
    """Roles, one controller, one duty and the audit log around an ordinary `ModelAdmin`.

    Attributes
    ----------
    page : the page of the role table this admin belongs to
    reads_people : whether its lists come from personal tables, or are audited as if they did
    row_reads_people : the same for the page of one row only
    add_button : name of the page that adds a row, where it is not the ordinary form
    list_page_context : function of (request) that returns more for the page of the list
    can_add : whether a new row can be made with the ordinary form
    context_of : function of (request, row or None) that returns more for the page of a row
    """

    page: Page
    reads_people = False
    row_reads_people = False
    can_add = True
    add_button = ""

    # Roles

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the app shows up at all."""
        return may(request.user, self.page) >= May.VIEW

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether lists and rows may be looked at."""
        del obj
        return may(request.user, self.page) >= May.VIEW

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether a row may be changed; an admin may add `is_editable(row)`."""
        editable = getattr(self, "is_editable", None)
        if obj is not None and editable is not None and not editable(obj):
            return False
        return may(request.user, self.page) >= May.CHANGE

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether a row may be added with the ordinary form."""
        del obj
        return self.can_add and may(request.user, self.page) >= May.CHANGE

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is deleted here: versions are retired, people are erased, rows are swept."""
        del request, obj
        return False

    # One controller

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Return the rows of the controller the member of staff works for."""
        controller = staff_of(request).controller_id
        rows = super().get_queryset(request)
        if self.model is Controller:
            return rows.filter(pk=controller)
        return rows.filter(controller_id=controller)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Return the form, which knows its controller."""
        form = super().get_form(request, obj, change, **kwargs)
        known = {"controller_id": staff_of(request).controller_id}
        return type(form.__name__, (OfController, form), known)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer rows of the controller alone."""
        kwargs.setdefault("queryset", self._offered(db_field, request))
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer rows of the controller alone."""
        kwargs.setdefault("queryset", self._offered(db_field, request))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def _offered(self, db_field: Any, request: HttpRequest) -> models.QuerySet[Any]:
        model = db_field.remote_field.model
        rows: models.QuerySet[Any] = model._default_manager.all()
        return rows.filter(controller_id=staff_of(request).controller_id)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Refuse to filter by secrets: `?password__startswith=` would spell them out."""
        if lookup.split("__", 1)[0] in {"password", "secret_hash", "sealed"}:
            return False
        return bool(super().lookup_allowed(lookup, value, request))

    # One duty

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list, inside a duty where it reads people."""
        context = {**(extra_context or {}), "add_button": self._add_button(request)}
        more = getattr(self, "list_page_context", None)
        if more is not None:
            context |= more(request)

        def view(_access: Access | None = None) -> HttpResponse:
            return super(Guarded, self).changelist_view(request, context)

        return self._opened(request, view, reads_people=self.reads_people)

    def _add_button(self, request: HttpRequest) -> str:
        if self.add_button and may(request.user, self.page) >= May.CHANGE:
            return reverse(self.add_button)
        return ""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show or save one row, inside a duty where it reads people."""
        may_save = self.has_add_permission if object_id is None else self.has_change_permission
        if (object_id is None or request.method == "POST") and not may_save(request):
            raise PermissionDenied  # before an access, whose entry would say that it failed

        def view(_access: Access | None = None) -> HttpResponse:
            context = {
                **(extra_context or {}),
                "show_save_and_add_another": False,
                **self._beside(request, object_id),
            }
            return super(Guarded, self).changeform_view(request, object_id, form_url, context)

        reads_people = self.reads_people or (self.row_reads_people and object_id is not None)
        return self._opened(request, view, reads_people=reads_people)

    def _beside(self, request: HttpRequest, object_id: str | None) -> dict[str, Any]:
        """Return what the page of a row shows beside its form."""
        beside = getattr(self, "context_of", None)
        row = self.get_object(request, unquote(object_id)) if object_id else None
        context: dict[str, Any] = beside(request, row) if beside else {}
        if row is not None and self.model in history.PARTS.values():
            context["history"] = history.of(staff_of(request).controller_id, row.pk)
        return context

    def _opened(
        self, request: HttpRequest, view: Callable[..., HttpResponse], *, reads_people: bool
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return under_duty(request, view) if reads_people else view()

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Refuse before the row is looked for."""
        del request, object_id, extra_context
        raise PermissionDenied

    # The audit log in the place of Django's own, and who writes for the history

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        """Say who writes: what is kept of the row before names them."""
        history.written_by(staff_of(request))
        return super().save_form(request, form, change)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """There is no history beside the audit log."""
        del request, object_id, extra_context
        raise Http404

    def construct_change_message(  # type: ignore[override]  # names, where Django has texts
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> list[str]:
        """Return names of fields; Django would return translated labels."""
        del request, add
        rows = [f"{s.prefix}" for s in formsets or () if s.has_changed()]
        return sorted({*form.changed_data, *rows})

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Record an addition in the audit log."""
        self._record(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Record a change in the audit log, with the names of the fields."""
        self._record(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """Refuse: nothing is deleted here."""
        del request, queryset
        raise PermissionDenied

    def _record(self, request: HttpRequest, obj: Any, message: Any) -> None:
        if getattr(self, "records_itself", False):
            return  # its operation wrote the entry: one verb, one entry
        event = log.Event(
            action=Action.REGISTER_CHANGED,
            purpose=KEEPING,
            object_type=obj._meta.model_name,
            object_id=obj.pk,
            fields=tuple(f"{obj._meta.label}.{name}" for name in message),
        )
        log.record(staff_of(request).actor(), event, now=timezone.now())
