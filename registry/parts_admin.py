"""Parts that are edited on the page of what they belong to, in the portal."""

from django.db.models import Model
from django.http import HttpRequest
from unfold.admin import StackedInline


class PartInline(StackedInline):
    """Rows of a whole: seen by whoever sees it, changed by whoever may change it.

    Attributes
    ----------
    whole : the model of the page
    """

    whole: type[Model]
    extra = 0
    hide_title = True

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whoever sees the whole sees its parts."""
        del request, obj
        return True

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Parts follow their whole."""
        return bool(self.admin_site._registry[self.whole].has_change_permission(request, obj))

    has_change_permission = has_add_permission
    has_delete_permission = has_add_permission
