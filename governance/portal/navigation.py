"""The navigation at the side: by subject, showing what the role may see."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from governance.portal.roles import Page, may

Entry = tuple[Page, Promise, str, str]

GROUPS: list[tuple[Promise | str, list[Entry]]] = [
    ("", [(Page.HOME, _("What is due"), "fact_check", "index")]),
    (
        _("People"),
        [
            (Page.REQUESTS, _("Requests"), "contact_mail", "dsar_subjectrequest_changelist"),
            (Page.REQUESTS, _("Requests by e-mail"), "mark_email_unread", "mails"),
            (Page.REQUESTS, _("Texts for letters"), "edit_note", "letter_drafts"),
            (Page.PEOPLE, _("Consents and restrictions"), "how_to_reg", "people"),
            (Page.PEOPLE, _("Legal holds"), "lock", "holds"),
            (Page.FINDINGS, _("Findings"), "troubleshoot", "finding_groups"),
            (Page.FINDINGS, _("Masking of free text"), "visibility_off", "text_rules"),
            (Page.RETENTION, _("Retention"), "auto_delete", "retention_retentionrun_changelist"),
            (Page.RETENTION, _("What ends when"), "calendar_month", "retention_schedule"),
            (Page.RETENTION, _("Where data rests"), "inventory_2", "stores"),
            (Page.RECIPIENTS, _("Notices"), "outgoing_mail", "retention_notification_changelist"),
            (Page.IMPORTS, _("Imports"), "upload_file", "crm_importbatch_changelist"),
        ],
    ),
    (
        _("Register"),
        [
            (Page.REGISTER, _("Activities"), "account_tree", "registry_activityversion_changelist"),
            (Page.REGISTER, _("Periods to be justified"), "timelapse", "presets"),
            (Page.REGISTER, _("Purposes"), "flag", "registry_purpose_changelist"),
            (Page.SOURCES, _("Sources"), "input", "registry_datasource_changelist"),
            (Page.RECIPIENTS, _("Recipients"), "forward_to_inbox", "registry_recipient_changelist"),
            (Page.REGISTER, _("Privacy notices"), "campaign", "privacy_notices"),
            (Page.CONTROLLER, _("Controller"), "apartment", "registry_controller_changelist"),
            (Page.RECIPIENTS, _("For others"), "handshake",
             "registry_processingonbehalf_changelist"),
            (Page.ASSESSMENTS, _("Impact assessments"), "balance",
             "registry_impactassessment_changelist"),
            (Page.PROVISIONS, _("Law and house rules"), "gavel", "provisions"),
            (Page.PROVISIONS, _("Holidays"), "event", "holidays"),
            (Page.RECORD, _("Art. 30 record"), "menu_book", "record"),
            (Page.RECORD, _("Set-up"), "checklist", "set_up"),
            (Page.RECORD, _("Completeness"), "checklist", "gaps"),
            (Page.RECORD, _("Seven questions"), "quiz", "questions"),
        ],
    ),
    (
        _("Accountability"),
        [
            (Page.REQUESTS, _("Requests by year"), "bar_chart", "request_statistics"),
            (Page.BREACHES, _("Breaches"), "gpp_bad", "registry_breach_changelist"),
            (Page.WHY, _("Why?"), "help", "why"),
            (Page.EMERGENCY, _("Emergency access"), "emergency_home", "emergency_new"),
            (Page.AUDIT, _("Audit log"), "policy", "audit_search"),
        ],
    ),
    (
        _("Access"),
        [
            (Page.STAFF, _("Staff"), "badge", "registry_staff_changelist"),
            (Page.TOKENS, _("API tokens"), "key", "api_apitoken_changelist"),
        ],
    ),
]  # fmt: skip


def groups(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the groups for the theme, without what the role may not see."""
    shown = []
    for title, entries in GROUPS:
        items = [
            {"title": name, "icon": icon, "link": reverse(f"admin:{view}")}
            for page, name, icon, view in entries
            if may(request.user, page)
        ]
        if items:
            shown.append({"title": title, "items": items, "separator": bool(title)})
    return shown


def environment(_request: HttpRequest) -> list[Any] | None:
    """Return the label at the top: that the second factor is not asked for."""
    if settings.CUSTODE_SECOND_FACTOR == "optional":
        return [_("Demonstration"), "warning"]
    return None


def account_links(_request: HttpRequest) -> list[dict[str, Any]]:
    """Return the links of one's own account."""
    return [
        {"title": _("Second factor"), "link": reverse("mfa_index")},
        {"title": _("Change password"), "link": reverse("account_change_password")},
    ]


def portal_address() -> str:
    """Return the address of the portal, for pages outside it; "" where it is not served."""
    try:
        return reverse("index")
    except NoReverseMatch:
        return ""
