"""The page behind the link of a satisfaction question: one question, answered once.

It says before anything is sent how the answer is kept (`crm.service.survey`). Opening it changes
nothing, for mail programs open every link.
"""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from crm.service import survey
from governance.policy.cases import SCALES, SurveyAsks, SurveyMode
from registry.models import Controller

ENDS: dict[SurveyAsks, tuple[Promise | str, Promise | str]] = {
    SurveyAsks.SATISFACTION: (_("1, not at all"), _("5, very")),
    SurveyAsks.RECOMMENDATION: (_("0, not at all"), _("10, surely")),
    SurveyAsks.WORDS: ("", ""),
}
"""What the worst and the best answer say."""
WRONG = 422


class AnswerForm(forms.Form):
    """What somebody answers: a score, and words beside it; or words alone."""

    def __init__(self, asks: SurveyAsks, *args: Any) -> None:
        super().__init__(*args)
        is_words = asks is SurveyAsks.WORDS
        self.fields["score"] = forms.TypedChoiceField(
            choices=scores(asks), coerce=int, empty_value=None, required=not is_words
        )
        self.fields["comment"] = forms.CharField(
            max_length=survey.LONGEST_COMMENT, required=is_words
        )


def scores(asks: SurveyAsks) -> list[tuple[int, str | Promise]]:
    """Return the answers there are, the ends of the scale in words."""
    worst, best = ENDS[asks]
    found: list[tuple[int, str | Promise]] = [(one, str(one)) for one in SCALES[asks]]
    return [(found[0][0], worst), *found[1:-1], (found[-1][0], best)] if found else []


@sensitive_post_parameters()
@sensitive_variables("token")
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, company: Controller, token: str) -> HttpResponse:
    """Ask how somebody was served, and keep the answer as the page says."""
    now, question = timezone.now(), survey.question_of(token)
    mode, asks = survey.asked(company.pk, question, now=now)
    form = AnswerForm(asks, request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        survey.answer(company.pk, question, score=said["score"], comment=said["comment"], now=now)
        return render(request, "help/satisfaction.html", {"company": company, "is_kept": True})
    context = {
        "company": company,
        "asks": asks.value,
        "scores": scores(asks),
        "is_anonymous": mode is SurveyMode.ANONYMOUS,
        "is_wrong": bool(form.errors),
    }
    status = WRONG if form.errors else 200
    return render(request, "help/satisfaction.html", context, status=status)
