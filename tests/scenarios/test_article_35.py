"""Art. 35 and 36: what is likely a high risk is assessed before, and the DPO is asked."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import translation

from governance.policy.vocabulary import Role
from registry import impact, operations
from registry.models import ActivityVersion, ImpactAssessment
from tests.builders import NOW, Company

LATER = NOW + timedelta(days=1)


@pytest.fixture
def scoring(company: Company) -> ActivityVersion:
    """A draft that scores customers and brings data from several places together."""
    version = ActivityVersion.objects.get(
        controller=company.controller, activity__purpose__key="order_management"
    )
    legal = company.staff[Role.LEGAL]
    draft = operations.redraft(version=version, by=legal, now=NOW)
    draft.profiling, draft.risk_criteria = True, ["combining"]
    return operations.draft(version=draft, by=legal, now=NOW)


def assessed(
    company: Company, version: ActivityVersion, *, risk: str = "low", **more: object
) -> ImpactAssessment:
    assessment = ImpactAssessment(
        controller=company.controller, activity=version.activity, description="Punteggi",
        necessity="Servono", risks="Errori", measures="Riesame umano", residual_risk=risk,
        review_on=date(2027, 11, 23), **more,
    )  # fmt: skip
    return impact.draft(assessment=assessment, by=company.staff[Role.LEGAL], now=NOW)


def concluded(company: Company, assessment: ImpactAssessment) -> ImpactAssessment:
    dpo = company.staff[Role.DPO]
    impact.advise(assessment=assessment, advice="Sì, con riesame", by=dpo, now=NOW)
    impact.conclude(assessment=assessment, by=dpo, now=LATER)
    assessment.refresh_from_db()
    return assessment


def test_without_an_assessment_it_is_not_put_in_force(
    company: Company, scoring: ActivityVersion
) -> None:
    dpo = company.staff[Role.DPO]
    with pytest.raises(impact.ImpactAssessmentMissingError) as refused:
        operations.approve(version=scoring, by=dpo, now=LATER)
    assert (refused.value.code, refused.value.article) == ("impact_assessment_missing", "35(1)")
    with translation.override("it"):
        assert "chiedi il parere del DPO" in str(refused.value.advice)
    draft = assessed(company, scoring)
    with pytest.raises(impact.ImpactAssessmentMissingError):
        operations.approve(version=scoring, by=dpo, now=LATER)
    concluded(company, draft)
    assert operations.approve(version=scoring, by=dpo, now=LATER).state == "approved"


def test_a_high_risk_that_is_left_goes_to_the_authority_first(
    company: Company, scoring: ActivityVersion
) -> None:
    concluded(company, assessed(company, scoring, risk="high"))
    with pytest.raises(impact.ConsultationMissingError) as refused:
        operations.approve(version=scoring, by=company.staff[Role.DPO], now=LATER)
    assert refused.value.article == "36(1)"
    asked = {"consulted_on": date(2026, 9, 1), "consultation": "Parere favorevole"}
    again = assessed(company, scoring, risk="high", **asked)
    impact.advise(assessment=again, advice="Sì", by=company.staff[Role.DPO], now=LATER)
    impact.conclude(assessment=again, by=company.staff[Role.DPO], now=LATER + timedelta(hours=1))
    assert operations.approve(version=scoring, by=company.staff[Role.DPO], now=LATER)


def test_the_dpo_advises_and_the_author_does_not_conclude(
    company: Company, scoring: ActivityVersion
) -> None:
    dpo, legal = company.staff[Role.DPO], company.staff[Role.LEGAL]
    draft = assessed(company, scoring)
    with pytest.raises(impact.AssessmentStateError):
        impact.conclude(assessment=draft, by=dpo, now=LATER)  # no advice yet
    for advice, by in (("Sì", legal), (" ", dpo)):
        with pytest.raises(impact.AssessmentStateError):
            impact.advise(assessment=draft, advice=advice, by=by, now=NOW)
    impact.advise(assessment=draft, advice="Sì", by=dpo, now=NOW)
    for by in (legal, company.staff[Role.AGENT]):
        with pytest.raises(impact.AssessmentStateError):
            impact.conclude(assessment=draft, by=by, now=LATER)
    draft.refresh_from_db()
    draft.risks = "Altri"
    impact.draft(assessment=draft, by=legal, now=LATER)  # another text: the advice is asked anew
    with pytest.raises(impact.AssessmentStateError):
        impact.conclude(assessment=draft, by=dpo, now=LATER)


def test_what_was_concluded_is_kept(company: Company, scoring: ActivityVersion) -> None:
    done = concluded(company, assessed(company, scoring))
    with pytest.raises(impact.AssessmentStateError):
        impact.draft(assessment=done, by=company.staff[Role.LEGAL], now=LATER)
    with pytest.raises(DatabaseError, match="stays as it was"), transaction.atomic():
        ImpactAssessment.objects.filter(pk=done.pk).update(residual_risk="high")
    with pytest.raises(DatabaseError, match="stays as it was"), transaction.atomic():
        ImpactAssessment.objects.filter(pk=done.pk).delete()
