"""The pages of the portal in one place: which admins are kept, and every further address."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path

from api.admin import ApiTokenAdmin
from api.models import ApiToken
from crm.admin import ImportBatchAdmin
from crm.models import ImportBatch
from dsar.admin import SubjectRequestAdmin
from dsar.models import SubjectRequest
from governance.portal import (
    activities,
    assessments,
    audit,
    audit_state,
    breaches,
    clock,
    completeness,
    deaths,
    effects,
    emergencies,
    erasures,
    files,
    finding_groups,
    holds,
    house,
    identity,
    imports,
    letter_drafts,
    mails,
    notices,
    others,
    people,
    presets,
    privacy_notices,
    provisions,
    records,
    requests,
    retention,
    rights,
    schedule,
    statistics,
    stores,
    supervision,
    text_rules,
    why,
)
from governance.portal.guard import Guarded
from governance.portal.roles import Page
from governance.portal.site import PortalSite
from registry import admin as registry
from registry import parties_admin, risks_admin
from registry.models import (
    ActivityVersion,
    Breach,
    Controller,
    DataSource,
    Finding,
    ImpactAssessment,
    ProcessingOnBehalf,
    Purpose,
    Recipient,
    Staff,
)
from retention.admin import NotificationAdmin, RetentionRunAdmin
from retention.models import Notification, RetentionRun

RowPage = Callable[[HttpRequest, UUID], HttpResponse]


def register(site: PortalSite) -> None:
    """Put the admins of the apps behind the guard."""
    kept = {"change_form_template": "portal/part.html"}  # with its history
    site.keep(Page.CONTROLLER, Controller, registry.ControllerAdmin, can_add=False, **kept)
    site.keep(Page.REGISTER, Purpose, registry.PurposeAdmin, **kept)
    site.keep(
        Page.REGISTER, ActivityVersion, registry.ActivityVersionAdmin,
        context_of=staticmethod(activities.context_of),
        change_form_template="portal/activity.html",
    )  # fmt: skip
    site.keep(
        Page.SOURCES, DataSource, registry.SourceAdmin, row_reads_people=True,
        context_of=staticmethod(supervision.source_context),
        change_form_template="portal/source.html",
    )  # fmt: skip
    site.keep(Page.RECIPIENTS, Recipient, parties_admin.RecipientAdmin, **kept)
    site.keep(Page.RECIPIENTS, ProcessingOnBehalf, parties_admin.OnBehalfAdmin, **kept)
    site.keep(
        Page.ASSESSMENTS, ImpactAssessment, risks_admin.AssessmentAdmin,
        context_of=staticmethod(assessments.context_of),
        change_form_template="portal/assessment.html",
    )  # fmt: skip
    _with_own_page(site, Page.BREACHES, Breach, risks_admin.BreachAdmin, breaches.detail,
                   add_button="admin:breach_new")  # fmt: skip
    _with_own_page(site, Page.STAFF, Staff, registry.StaffAdmin, house.staff_page,
                   add_button="admin:staff_hire")  # fmt: skip
    _with_own_page(site, Page.FINDINGS, Finding, registry.FindingAdmin, supervision.finding,
                   reads_people=True)  # fmt: skip
    _with_own_page(site, Page.REQUESTS, SubjectRequest, SubjectRequestAdmin, requests.detail,
                   reads_people=True, add_button="admin:request_new")  # fmt: skip
    _with_own_page(site, Page.RETENTION, RetentionRun, RetentionRunAdmin, retention.run_page,
                   list_page_context=staticmethod(retention.list_context))  # fmt: skip
    _with_own_page(site, Page.RECIPIENTS, Notification, NotificationAdmin, notices.notice_page)
    _with_own_page(site, Page.IMPORTS, ImportBatch, ImportBatchAdmin, imports.detail,
                   add_button="admin:import_new")  # fmt: skip
    _with_own_page(site, Page.TOKENS, ApiToken, ApiTokenAdmin, house.token_page,
                   add_button="admin:token_issue")  # fmt: skip


def _with_own_page(
    site: PortalSite, which: Page, model: Any, admin: Any, view: RowPage, **more: Any
) -> None:
    """Keep an admin whose rows have a page of their own in the place of Django's form."""

    def change_view(
        self: Guarded,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        del form_url, extra_context
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            key = UUID(object_id)
        except ValueError:
            raise Http404 from None
        return view(request, key)

    site.keep(
        which, model, admin, can_add=False, change_view=change_view,
        change_list_template="portal/list.html", **more,
    )  # fmt: skip


def urls(site: PortalSite) -> list[URLPattern]:
    """Return every page that is no list and no form of Django's admin."""

    def at(route: str, view: Any, name: str) -> URLPattern:
        route_to: URLPattern = path(route, site.admin_view(view), name=name)
        return route_to

    activity, request = "register/<uuid:object_id>/", "requests/<uuid:object_id>/"
    breach = "breaches/<uuid:object_id>/"
    person = "people/<uuid:object_id>/"
    standing = f"{person}restrictions/<uuid:restriction_id>/"
    certificate = f"{request}erasure/<uuid:erasure_id>/certificate/"
    return [
        at("privacy-notices/", privacy_notices.show, "privacy_notices"),
        at(
            "privacy-notices/<int:number>/approve/",
            privacy_notices.approve,
            "privacy_notice_approve",
        ),
        at("privacy-notices/draft/", privacy_notices.draft, "privacy_notice_draft"),
        at("privacy-notices/told/", privacy_notices.told, "privacy_notice_told"),
        at(f"{activity}approve/", activities.approve, "activity_approve"),
        at(f"{activity}redraft/", activities.redraft, "activity_redraft"),
        at(f"{activity}discard/", activities.discard, "activity_discard"),
        at(f"{activity}retire/", activities.retire, "activity_retire"),
        at(f"{activity}review/", activities.review, "activity_review"),
        at(f"{activity}effect/", effects.show_effect, "activity_effect"),
        at(f"{activity}history/", activities.history, "activity_history"),
        at("assessments/<uuid:object_id>/advise/", assessments.advise, "assessment_advise"),
        at("assessments/<uuid:object_id>/conclude/", assessments.conclude, "assessment_conclude"),
        at("breaches/new/", breaches.new, "breach_new"),
        at(f"{breach}describe/", breaches.describe, "breach_describe"),
        at(f"{breach}notify/", breaches.notify, "breach_notify"),
        at(f"{breach}decide/", breaches.decide, "breach_decide"),
        at("sources/<uuid:object_id>/verify/", supervision.verify_source, "source_verify"),
        at("presets/", presets.index, "presets"),
        at("presets/propose/", presets.propose, "preset_propose"),
        at("record/", records.record_page, "record"),
        at("set-up/", completeness.set_up_page, "set_up"),
        at("completeness/", completeness.gaps_page, "gaps"),
        at("questions/", completeness.questions_page, "questions"),
        at("record/download/", records.download, "record_download"),
        at("record/import/", records.take_in_page, "record_import"),
        at("audit/", audit.search_page, "audit_search"),
        at("audit/person/", audit.by_person, "audit_person"),
        at("audit/colleague/", audit.by_colleague, "audit_colleague"),
        at("audit/state/", audit_state.state, "audit_state"),
        at("audit/verify/", audit_state.verify_log, "audit_verify"),
        at("audit/export/", audit_state.export, "audit_export"),
        at("audit/entries/<uuid:entry_id>/", audit.entry_page, "audit_entry"),
        at("audit/entries/<uuid:entry_id>/text/", audit.entry_text, "audit_entry_text"),
        at("audit/entries/<uuid:entry_id>/proof/", audit.entry_proof, "audit_entry_proof"),
        at("people/", people.find, "people"),
        at(person, people.show, "person"),
        at(f"{person}receipt/", people.receipt, "person_receipt"),
        at(f"{person}withdraw/", people.withdraw, "person_withdraw"),
        at(f"{person}link/", people.make_link, "person_link"),
        at(f"{person}after/", deaths.act, "person_after"),
        at(f"{standing}announce/", people.announce, "restriction_announce"),
        at(f"{standing}lift/", people.lift, "restriction_lift"),
        at("findings/<uuid:object_id>/answer/", supervision.answer_finding, "finding_answer"),
        at("findings/groups/", finding_groups.index, "finding_groups"),
        at("findings/groups/answer/", finding_groups.answer, "finding_group_answer"),
        at("findings/groups/declare/", finding_groups.declare, "finding_group_declare"),
        at("masking/", text_rules.index, "text_rules"),
        at("masking/enter/", text_rules.enter, "text_rule_enter"),
        at("masking/<uuid:object_id>/end/", text_rules.end, "text_rule_end"),
        at("letters/", letter_drafts.index, "letter_drafts"),
        at("letters/<uuid:object_id>/approve/", letter_drafts.approve, "letter_draft_approve"),
        at("letters/<str:key>/<str:language>/", letter_drafts.show, "letter_draft"),
        at("requests/statistics/", statistics.show, "request_statistics"),
        at("requests/new/", requests.new, "request_new"),
        at(f"{request}identify/", requests.identify, "request_identify"),
        at(f"{request}who/", identity.act, "request_who"),
        at("documents/<uuid:document_id>/", identity.look, "document_look"),
        at(f"{request}attach/", requests.attach, "request_attach"),
        at(f"{request}memory/", requests.end_memory, "request_memory"),
        at(f"{request}others/", others.review, "request_others"),
        at(f"{request}copy/", requests.fulfil_access, "request_copy"),
        at(f"{request}act/", rights.act, "request_act"),
        at(f"{request}refuse/", requests.refuse, "request_refuse"),
        at(f"{request}extend/", requests.extend, "request_extend"),
        at(f"{request}ask/", clock.ask, "request_ask"),
        at(f"{request}answered/", clock.answered, "request_answered"),
        at(f"{request}receipt/", clock.correct, "request_correct"),
        path(
            f"{request}files/",
            imports.in_memory(site.admin_view(files.add)),
            name="request_file",
        ),
        at("files/<uuid:object_id>/", files.download, "file_download"),
        at("files/<uuid:object_id>/destroy/", files.destroy, "file_destroy"),
        at("mails/", mails.index, "mails"),
        at("mails/<uuid:object_id>/", mails.show, "mail"),
        at("mails/<uuid:object_id>/decide/", mails.decide, "mail_decide"),
        at("copies/<uuid:package_id>/", requests.download, "copy_download"),
        at(f"{request}erasure/", erasures.plan, "erasure_plan"),
        at(f"{request}erasure/<uuid:erasure_id>/approve/", erasures.approve, "erasure_approve"),
        at(
            f"{request}erasure/<uuid:erasure_id>/second/",
            erasures.approve_again,
            "erasure_second",
        ),
        at(
            f"{request}erasure/<uuid:erasure_id>/carry-out/",
            erasures.carry_out,
            "erasure_carry_out",
        ),
        at(certificate, erasures.certificate_page, "certificate"),
        at(f"{certificate}pdf/", erasures.certificate_pdf, "certificate_pdf"),
        at(f"{certificate}archive/", erasures.certificate_archive, "certificate_archive"),
        at(f"{certificate}hand-over/", erasures.hand_over, "certificate_hand_over"),
        at("holds/", holds.index, "holds"),
        at("holds/place/", holds.place, "hold_place"),
        at("holds/<uuid:object_id>/approve/", holds.approve, "hold_approve"),
        at("holds/<uuid:object_id>/review/", holds.review, "hold_review"),
        at("holds/<uuid:object_id>/lift/", holds.lift, "hold_lift"),
        at("notices/<uuid:object_id>/close/", notices.close, "notice_close"),
        at("retention/stores/", stores.show, "stores"),
        at("retention/schedule/", schedule.show, "retention_schedule"),
        at("retention/rows/<str:which>/", schedule.rows, "retention_rows"),
        at("retention/preview/", retention.preview, "retention_preview"),
        at("retention/<uuid:object_id>/decline/", retention.decline, "retention_decline"),
        at("retention/<uuid:object_id>/approve/", retention.approve, "retention_approve"),
        at("retention/<uuid:object_id>/second/", retention.approve_again, "retention_second"),
        path("imports/new/", imports.in_memory(site.admin_view(imports.new)), name="import_new"),
        at("imports/<uuid:object_id>/steer/", imports.steer, "import_steer"),
        at("imports/<uuid:object_id>/rejected/", imports.rejected, "import_rejected"),
        at("staff/new/", house.hire, "staff_hire"),
        at("staff/<uuid:object_id>/deactivate/", house.deactivate, "staff_deactivate"),
        at("staff/<uuid:object_id>/second-factor/", house.reset_second_factor, "staff_factor"),
        at("tokens/new/", house.issue, "token_issue"),
        at("tokens/<uuid:object_id>/renew/", house.renew, "token_renew"),
        at("tokens/<uuid:object_id>/revoke/", house.revoke, "token_revoke"),
        at("why/", why.why, "why"),
        at("emergency/", emergencies.declare, "emergency_new"),
        at("emergency/<uuid:object_id>/", emergencies.show, "emergency"),
        at("emergency/<uuid:object_id>/review/", emergencies.review, "emergency_review"),
        at("holidays/", clock.calendar, "holidays"),
        at("holidays/enter/", clock.enter_holiday, "holiday_enter"),
        at("holidays/<uuid:object_id>/end/", clock.end_holiday, "holiday_end"),
        at("provisions/", provisions.index, "provisions"),
        at("provisions/enter/", provisions.enter, "provision_enter"),
        path(
            "oppositions/take/",
            imports.in_memory(site.admin_view(provisions.take_answer)),
            name="opposition_take",
        ),
    ]
