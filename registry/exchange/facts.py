"""Which fields make the register. A field that is in neither list fails a test."""

from django.db.models import Model

from registry.models import (
    ActivityVersion,
    Controller,
    DataSource,
    ImpactAssessment,
    ProcessingActivity,
    ProcessingOnBehalf,
    Purpose,
    Recipient,
    RetentionRule,
    Transfer,
)

FACTS: dict[type[Model], tuple[str, ...]] = {
    Controller: (
        "name", "address", "email", "dpo_contact", "representative", "country", "sector", "law",
        "review_every",
    ),
    Purpose: ("key", "text_it", "text_en", "is_marketing"),
    DataSource: ("name", "kind", "from_subject"),
    Recipient: (
        "name", "role", "sub_processor_of", "category_it", "category_en", "country", "address",
        "contact", "agreement_on", "agreement_until", "agreement_subject", "agreement_document",
        "clauses", "sub_processing", "at_end", "arrangement",
    ),
    Transfer: ("country", "organisation", "mechanism", "document", "assessment", "assessed_on"),
    ProcessingOnBehalf: (
        "principal", "principal_contact", "representative", "dpo_contact", "processing_it",
        "processing_en", "transfers", "measure_kinds", "measures", "agreement_on",
        "agreement_until",
    ),
    ProcessingActivity: ("first_recorded_on",),
    ActivityVersion: (
        "title_it", "title_en", "basis", "basis_reference", "interest", "necessity", "balancing",
        "balance", "categories", "subject_kinds", "roles", "role_categories", "operations",
        "sources", "recipients",
        "transfers", "measures", "measure_kinds", "no_measures_because", "no_time_limits_because",
        "context", "special_ground", "profiling", "automated_decisions", "decision_logic",
        "decision_significance", "risk_criteria", "despite_restriction",
        "soft_opt_in", "answers",
    ),
    RetentionRule: (
        "record_class", "anchor", "period", "action", "archive_period", "notice_days",
        "legal_reference", "categories", "statutory",
    ),
    ImpactAssessment: (
        "description", "necessity", "risks", "measures", "views", "residual_risk", "review_on",
        "consulted_on", "consultation", "advice",
    ),
}  # fmt: skip
"""What is taken out and in, in order."""

OF_THE_HOUSE = "says who did what in this house; whoever takes it in drafts and approves anew"
LEFT_OUT: dict[type[Model], dict[str, str]] = {
    Controller: {"slug": "an address in this installation"},
    DataSource: dict.fromkeys(("verified_at", "verified_by"), OF_THE_HOUSE),
    Recipient: {"endpoint": "where our messages are sent: whoever takes it in sets it"},
    ProcessingActivity: {
        "purpose": "the activity is written with its purpose",
        **dict.fromkeys(("reviewed_on", "reviewed_by", "review_on"), OF_THE_HOUSE),
    },
    ActivityVersion: {
        "activity": "the version is written with its activity",
        "number": "counted anew",
        **dict.fromkeys(
            ("state", "drafters", "drafted_by", "drafted_at", "approved_by", "approved_at",
             "active_from", "active_to"), OF_THE_HOUSE,
        ),
    },
    Transfer: dict.fromkeys(("recipient", "on_behalf"), "written with whom or what it belongs to"),
    RetentionRule: {"version": "written with its version"},
    ImpactAssessment: {
        "activity": "written with its activity",
        **dict.fromkeys(
            ("advised_by", "advised_at", "drafted_by", "drafted_at", "concluded_by",
             "concluded_at"), OF_THE_HOUSE,
        ),
    },
}  # fmt: skip
"""What is not, and why; `id` and `controller` are of every model and of this installation."""
