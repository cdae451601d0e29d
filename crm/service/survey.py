"""Satisfaction: one question after a case is solved, by a link that works once.

    token := sign(purpose | person | case | round)        (CUSTODE_SECRET_KEY; no table holds it)

How the answer is kept is chosen before anybody is asked, and the page says so. *Identified*: score
and comment stay with the case. *Anonymous*: the score is one more in the count of its week, and
nothing else is written but that the link was used; there is no comment, for words tell who wrote.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.db.models import F
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from crm.conversations import outgoing, own_links
from crm.conversations.outgoing import Letter
from crm.models import AnonymousScore, Case, Contact, Interaction, SurveyAnswer
from crm.people import languages
from crm.service import operations
from crm.service.errors import SurveyEndedError, SurveyRefusedError
from governance.policy.actors import system
from governance.policy.cases import SCALES, CaseState, SurveyAsks, SurveyMode
from governance.policy.errors import GovernanceError
from governance.policy.vocabulary import Channel, Operation
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.models import Controller

SALT = "custode/survey/v1"
VALID_FOR = timedelta(days=30)
LONGEST_COMMENT = 2000


@dataclass(frozen=True)
class Question:
    """What a link asks about: whose case, under which purpose, solved for which time."""

    purpose: str
    subject: UUID
    case: UUID
    round: int


def invite(
    access: Access, case_id: UUID, *, mode: SurveyMode,
    asks: SurveyAsks = SurveyAsks.SATISFACTION,
) -> str:  # fmt: skip
    """Decide what is asked about a case and how the answer is kept; return the token of the link.

    Raises
    ------
    SurveyRefusedError
        the case is not solved, the person was asked already, or words were to be anonymous
    """
    if mode is SurveyMode.ANONYMOUS and asks is SurveyAsks.WORDS:
        raise SurveyRefusedError
    case = operations.locked(access, case_id)
    if case.state != CaseState.SOLVED or case.survey_mode:
        raise SurveyRefusedError
    case.survey_mode, case.survey_asks = mode, asks
    case.survey_expires_on = timezone.localdate(access.now + VALID_FOR)
    case.save(update_fields=["survey_mode", "survey_asks", "survey_expires_on"])
    return token_of(case)


def send(
    access: Access, case_id: UUID, *, mode: SurveyMode,
    asks: SurveyAsks = SurveyAsks.SATISFACTION,
) -> Interaction | None:  # fmt: skip
    """Ask the person by e-mail, in an access by which the gate lets the house write to them.

    Returns
    -------
    The message; None where no address is held, and the link is handed over in another way.

    Raises
    ------
    SurveyRefusedError
        the case is not solved, or the person was asked already
    """
    link = own_links.place(_digest(invite(access, case_id, mode=mode, asks=asks)))
    case = access.rows(Case).get(pk=case_id)
    if not outgoing.can_reach(access, case.subject_id, Channel.EMAIL):
        return None
    contact = access.rows(Contact).filter(subject=case.subject_id).first()
    with translation.override(languages.of(access, contact)):
        letter = _letter(case, mode, link)
    return outgoing.compose(access, case.subject_id, letter, purpose=case.purpose)


def _letter(case: Case, mode: SurveyMode, link: str) -> Letter:
    kept = (
        _("Your answer is kept with your case, so that we can see what to do better.")
        if mode is SurveyMode.IDENTIFIED
        else _(
            "Your answer is anonymous: it is one more in a count, and nothing leads from it to you."
        )
    )
    words = {"number": case.number, "link": link, "kept": kept}
    body = {
        SurveyAsks.SATISFACTION: _(
            "We solved your request number %(number)s. How satisfied are you?\n\n%(link)s\n\n"
            "The link works once, for thirty days. %(kept)s You need not answer."
        ),
        SurveyAsks.RECOMMENDATION: _(
            "We solved your request number %(number)s. Would you recommend us?\n\n%(link)s\n\n"
            "The link works once, for thirty days. %(kept)s You need not answer."
        ),
        SurveyAsks.WORDS: _(
            "We solved your request number %(number)s. What should we do better?\n\n%(link)s\n\n"
            "The link works once, for thirty days. %(kept)s You need not answer."
        ),
    }[SurveyAsks(case.survey_asks)]
    topic = _("How did we do? Your request number %(number)s") % words
    return Letter(Channel.EMAIL, body % words, topic, expects_answer=False)


def token_of(case: Case) -> str:
    """Return the token of the link about a case; the same each time."""
    said = [case.purpose, case.subject_id.hex, case.pk.hex, case.times_reopened]
    return signing.Signer(salt=SALT).sign_object(said, compress=True)


def address_of(case: Case) -> str:
    """Return the whole address of the page that asks about a case."""
    slug = Controller.objects.values_list("slug", flat=True).get(pk=case.controller_id)
    path = reverse("help:satisfaction", kwargs={"company": slug, "token": token_of(case)})
    return f"{settings.BASE_URL}{path}"


def again(access: Access, subject: UUID, digest: bytes) -> str:
    """Return the address of a question that is open, by the digest of its token, or ""."""
    asked = access.rows(Case).filter(subject=subject, survey_is_answered=False)
    cases = asked.exclude(survey_mode="")
    return next((address_of(case) for case in cases if _digest(token_of(case)) == digest), "")


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()


@sensitive_variables("token")
def question_of(token: str) -> Question:
    """Return what a token asks about.

    Raises
    ------
    SurveyEndedError
        it is none of ours
    """
    try:
        purpose, subject, case, times = signing.Signer(salt=SALT).unsign_object(token)
        return Question(purpose, UUID(hex=subject), UUID(hex=case), times)
    except (signing.BadSignature, ValueError, TypeError):
        raise SurveyEndedError from None


def asked(controller: UUID, question: Question, *, now: datetime) -> tuple[SurveyMode, SurveyAsks]:
    """Return how the answer will be kept, and what is asked, for the page that asks.

    Raises
    ------
    SurveyEndedError
        it was answered, its time is over, or the case is no more
    """
    try:
        with gate.open(
            system(controller), question.purpose, Operation.READ, subjects=question.subject, now=now
        ) as access:
            case = access.rows(Case).filter(pk=question.case).first()
            case = _open(case, question, now=now)
            return SurveyMode(case.survey_mode), SurveyAsks(case.survey_asks)
    except SurveyEndedError:
        raise
    except GovernanceError:  # why nothing is asked of somebody is told to nobody
        raise SurveyEndedError from None


def answer(
    controller: UUID, question: Question, *, score: int | None, comment: str = "", now: datetime
) -> SurveyMode:
    """Keep one answer as was said before; return how.

    Arguments
    ---------
    score : on the scale of what was asked; None to a question for words

    Raises
    ------
    SurveyEndedError
        it was answered, its time is over, or the case is no more
    """
    try:
        with gate.open(
            system(controller), question.purpose, Operation.UPDATE,
            subjects=question.subject, now=now,
        ) as access:  # fmt: skip
            rows = access.rows(Case).select_for_update(of=("self",))
            case = _open(rows.filter(pk=question.case).first(), question, now=now)
            _keep(case, _on_scale(case, score), comment[:LONGEST_COMMENT], now=now)
            return SurveyMode(case.survey_mode)
    except SurveyEndedError:
        raise
    except GovernanceError:
        raise SurveyEndedError from None


def _open(case: Case | None, question: Question, *, now: datetime) -> Case:
    if (
        case is None
        or not case.survey_mode
        or case.survey_is_answered
        or case.times_reopened != question.round
        or case.survey_expires_on is None
        or case.survey_expires_on < timezone.localdate(now)
    ):
        raise SurveyEndedError
    return case


def _on_scale(case: Case, score: int | None) -> int | None:
    """Return a score that the question has; None to a question for words."""
    scale = SCALES[SurveyAsks(case.survey_asks)]
    if scale and score not in scale:
        raise ValueError("a score is on the scale of its question")
    return score if scale else None


def _keep(case: Case, score: int | None, comment: str, *, now: datetime) -> None:
    case.survey_is_answered = True
    fields = ["survey_is_answered"]
    if case.survey_mode == SurveyMode.IDENTIFIED:
        if case.survey_asks == SurveyAsks.SATISFACTION:
            case.score = score
        case.survey_comment = comment
        fields += ["score", "survey_comment"]
        SurveyAnswer(
            controller_id=case.controller_id, subject_id=case.subject_id, case=case,
            asks=case.survey_asks, score=score, answered_on=timezone.localdate(now),
            collected_at=now,
        ).save()  # fmt: skip
    elif score is not None:
        _count(case, score, now=now)
    case.save(update_fields=fields)


def _count(case: Case, score: int, *, now: datetime) -> None:
    day = timezone.localdate(now)
    row, _made = AnonymousScore.objects.get_or_create(
        controller_id=case.controller_id, kind=case.kind, asks=case.survey_asks, score=score,
        week=day - timedelta(days=day.weekday()),
    )  # fmt: skip
    AnonymousScore.objects.filter(pk=row.pk).update(answers=F("answers") + 1)
