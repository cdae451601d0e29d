"""The page behind the link of a satisfaction question: one question, answered once.

It says before anything is sent how the answer is kept (`crm.service.survey`). Opening it changes
nothing, for mail programs open every link.
"""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from crm.service import survey
from governance.policy.cases import SurveyMode
from registry.models import Controller

SCORES = [(1, _("1, not at all")), (2, "2"), (3, "3"), (4, "4"), (5, _("5, very"))]
WRONG = 422


class AnswerForm(forms.Form):
    """What somebody answers."""

    score = forms.TypedChoiceField(label=_("Score"), choices=SCORES, coerce=int)
    comment = forms.CharField(required=False, max_length=survey.LONGEST_COMMENT)


@sensitive_post_parameters()
@sensitive_variables("token")
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, company: Controller, token: str) -> HttpResponse:
    """Ask how somebody was served, and keep the answer as the page says."""
    now, question = timezone.now(), survey.question_of(token)
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        survey.answer(company.pk, question, score=said["score"], comment=said["comment"], now=now)
        return render(request, "help/satisfaction.html", {"company": company, "is_kept": True})
    mode = survey.mode_of(company.pk, question, now=now)
    context = {
        "company": company,
        "scores": SCORES,
        "is_anonymous": mode is SurveyMode.ANONYMOUS,
        "is_wrong": bool(form.errors),
    }
    status = WRONG if form.errors else 200
    return render(request, "help/satisfaction.html", context, status=status)
