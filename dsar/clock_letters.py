"""The letters by which a clock is moved: the notice of an extension, and a question."""

from datetime import date

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from dsar.models import SubjectRequest
from governance.policy.deadlines import ExtensionGround, PauseGround


def extension(request: SubjectRequest, *, reasons: str, until: date) -> tuple[str, str]:
    """Return the subject line and the text of the notice of Art. 12(3), in their language."""
    with translation.override(request.language):
        is_complex = request.extension_ground == ExtensionGround.COMPLEXITY
        context = {
            "request": request, "is_complex": is_complex, "reasons": reasons, "until": until,
        }  # fmt: skip
        line = _("We need more time for your request %(reference)s")
        return _titled(line, request), render_to_string("dsar/extension.txt", context)


def question(request: SubjectRequest, *, ground: str, question: str) -> tuple[str, str]:
    """Return the subject line and the text of a question, in their language."""
    with translation.override(request.language):
        about_identity = ground == PauseGround.IDENTITY_DOUBT
        context = {"request": request, "about_identity": about_identity, "question": question}
        line = _("A question about your request %(reference)s")
        return _titled(line, request), render_to_string("dsar/question.txt", context)


def _titled(line: str, request: SubjectRequest) -> str:
    return line % {"reference": request.reference}
