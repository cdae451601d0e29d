"""What authorities ask besides Art. 30(1), answered in words with each version of an activity.

None of it is executed, so none of it has a column of its own. What another register says in words
that ours has no value for is kept here too, until somebody chooses the value.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ASKED: dict[str, Promise] = {
    "department": _("department"),
    "owner": _("person or office in charge"),
    "sub_purposes": _("purposes in detail"),
    "people_estimate": _("people, about"),
    "collecting": _("how data is collected"),
    "required": _("whether people must give the data, and what follows if not"),
    "systems": _("programs and tools"),
    "location": _("where data is stored"),
    "on_paper": _("processing on paper"),
    "notice": _("where the notice is"),
    "rights": _("how rights are exercised"),
    "consent_records": _("where consent is recorded"),
    "interest_assessment": _("where the weighing of interests is kept"),
    "assessment_place": _("where the impact assessment is kept"),
    "breaches": _("breaches of this processing"),
    "breach_records": _("where breaches are recorded"),
    "retention_policy": _("where the retention policy is"),
    "retention_followed": _("whether data is erased in time"),
    "retention_because": _("why it is not erased in time"),
    "national_condition": _("condition of national law"),
    "remarks": _("remarks"),
}
"""Questions of the Garante, the CNIL and the ICO; a draft's form asks them in this order."""

IN_WORDS: dict[str, Promise] = {
    "updated_on": _("last updated, as another register says"),
    "basis_words": _("lawful basis, as another register says"),
    "categories_words": _("data categories, as another register says"),
    "subject_kinds_words": _("categories of data subjects, as another register says"),
    "recipients_words": _("recipients, as another register says"),
    "retention_words": _("time limits, as another register says"),
    "assessment_words": _("impact assessment, as another register says"),
    "profiling_words": _("profiling and automated decisions, as another register says"),
}
"""What was taken in and has no value here yet."""

QUESTIONS = {**ASKED, **IN_WORDS}
KEYS = frozenset(QUESTIONS)
