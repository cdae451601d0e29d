"""The link from a page to the chapter that explains it, for every base template."""

from typing import Any

from django import template
from django.template.context import RequestContext

from governance.manual.places import help_for

register = template.Library()


@register.inclusion_tag("manual/help_link.html", takes_context=True)
def help_link(context: RequestContext) -> dict[str, Any]:
    """Return where the page that is being shown is explained."""
    match = context["request"].resolver_match
    return {"address": help_for(match.view_name if match else "")}
