"""Which page is explained where: one closed table, from a place of the manual to names of views.

Names are what Django calls a view (`resolver_match.view_name`). Two families stand for more: a
list of the portal (`admin:registry_purpose`) for the five pages Django's admin makes of it, and a
module of the API (`api.v1.orders`) for its views, which have no names.
"""

import re

from django.urls import reverse

from governance.manual.chapters import address

EXPLAINED: dict[str, tuple[str, ...]] = {
    # For those who work with customers
    "operator/signing-in#password": (
        "account_login", "account_logout", "account_change_password", "account_reauthenticate",
        "account_confirm_login_code", "account_inactive",
        "admin:login", "admin:logout", "admin:password_change", "admin:password_change_done",
    ),
    "operator/signing-in#second-factor": (
        "mfa_index", "mfa_authenticate", "mfa_reauthenticate", "mfa_activate_totp",
        "mfa_deactivate_totp", "mfa_generate_recovery_codes", "mfa_view_recovery_codes",
        "mfa_download_recovery_codes",
    ),
    "operator/signing-in#lost": (
        # Nobody has an e-mail address here: these pages of the login library are closed.
        "account_email", "account_confirm_email", "account_email_verification_sent",
        "account_signup", "account_set_password", "account_reset_password",
        "account_reset_password_done", "account_reset_password_from_key",
        "account_reset_password_from_key_done", "governance.urls.closed",
    ),
    "operator/signing-in#language": ("set_language",),
    "operator/roles-and-purposes#role": ("admin:search", "admin:app_list", "manual",
                                         "manual_chapter"),
    "operator/roles-and-purposes#purpose": ("desk:purpose",),
    "operator/roles-and-purposes#desk": ("desk:home",),
    "operator/roles-and-purposes#keyboard": ("desk:keyboard",),
    "operator/a-customer-calls#find": ("desk:search",),
    "operator/a-customer-calls#read": ("desk:person",),
    "operator/a-customer-calls#covered": ("desk:uncover",),
    "operator/inbox#answer": ("desk:inbox", "desk:conversation", "desk:act"),
    "operator/inbox#write": ("desk:write",),
    "operator/inbox#many": ("desk:bulk",),
    "operator/service#case": ("desk:cases", "desk:case", "desk:case_new", "desk:case_act"),
    "operator/service#code": ("desk:case_pages",),
    "operator/service#article": ("desk:articles", "desk:article_new", "desk:article",
                                 "desk:article_act", "desk:case_article"),
    "operator/service#figures": ("desk:figures",),
    "operator/figures#sales": ("desk:sales",),
    "operator/figures#complaints": ("desk:complaints", "desk:theme"),
    "operator/figures#improve": ("desk:improve", "desk:improvement_close"),
    "operator/figures#ask": ("desk:case_survey",),
    "operator/figures#adoption": ("desk:adoption", "desk:adoption_by_person"),
    "operator/figures#portfolio": ("desk:portfolio", "desk:goal"),
    "operator/a-customer-calls#next": ("desk:next", "desk:next_choose"),
    "operator/service#visit": ("desk:visits", "desk:visit_report"),
    "operator/calls#call": ("desk:call", "desk:call_held", "desk:call_log"),
    "operator/calls#script": ("desk:scripts",),
    "operator/calls#recording": ("desk:call_record", "desk:recording"),
    "operator/calls#visit": ("desk:visit_plan", "desk:visit_cancel"),
    "operator/inbox#views": ("desk:view_keep", "desk:view_forget"),
    "operator/service#help-centre": ("help:home", "help:search", "help:article", "help:vote",
                                     "help:contact", "help:trail", "help:satisfaction"),
    "operator/relations#stage": ("desk:relation", "desk:relation_act"),
    "operator/relations#company": ("desk:companies", "desk:company", "desk:company_new",
                                   "desk:company_act"),
    "operator/relations#share": ("desk:case_share", "desk:share_act", "desk:shared"),
    "operator/rules#workflow": ("desk:workflows", "desk:workflow", "desk:workflow_new",
                                "desk:workflow_recipes"),
    "operator/rules#approve": ("desk:workflow_act", "desk:web_form_act"),
    "operator/rules#text": ("desk:texts", "desk:text", "desk:text_new"),
    "operator/rules#form": ("desk:web_forms", "desk:web_form", "desk:web_form_new"),
    "operator/duplicates#search": ("desk:duplicates", "desk:seek-duplicates"),
    "operator/duplicates#decide": ("desk:duplicate",),
    "operator/service#segments": ("desk:segments", "desk:segment_new", "desk:segment_draw",
                                  "desk:segment_act"),
    "operator/campaigns#plan": ("desk:campaign_new", "desk:campaign_edit"),
    "operator/campaigns#approve": ("desk:campaign_act",),
    "operator/campaigns#results": ("desk:campaigns", "desk:campaign"),
    "operator/campaigns#scores": ("desk:scores", "desk:score_compute"),
    "operator/loyalty#programme": ("desk:loyalty", "desk:loyalty_approve"),
    "operator/loyalty#member": ("desk:member", "desk:member_act"),
    "operator/loyalty#offers": ("desk:offers", "desk:offer_new", "desk:offer_act"),
    "operator/inbox#sales": ("desk:board", "desk:move"),
    "operator/imports#look": ("admin:import_new", "admin:import_steer"),
    "operator/imports#result": ("admin:crm_importbatch", "admin:import_rejected"),
    "operator/emergency#open": ("admin:emergency_new", "admin:emergency"),
    "operator/emergency#review": ("admin:emergency_review",),
    # For the data protection officer
    "dpo/worklist#due": ("admin:index",),
    "dpo/worklist#around": (
        # What Django's admin uses itself, and addresses that lead nowhere
        "admin:jsi18n", "admin:autocomplete", "admin:view_on_site",
        "admin:django.contrib.admin.sites.catch_all_view",
        "admin:django.views.generic.base.RedirectView",
    ),
    "dpo/register#set-up": ("admin:set_up",),
    "dpo/register#purpose": ("admin:registry_purpose",),
    "dpo/register#draft": ("admin:registry_activityversion", "admin:activity_discard"),
    "dpo/register#approve": ("admin:activity_approve",),
    "dpo/register#change": ("admin:activity_redraft", "admin:activity_history"),
    "dpo/register#end": ("admin:activity_review", "admin:activity_retire"),
    "dpo/parties#sources": ("admin:registry_datasource", "admin:source_verify"),
    "dpo/parties#recipients": ("admin:registry_recipient",),
    "dpo/parties#company": ("admin:registry_controller",),
    "dpo/parties#for-others": ("admin:registry_processingonbehalf",),
    "dpo/record#print": ("admin:record", "admin:record_download"),
    "dpo/record#complete": ("admin:gaps",),
    "dpo/record#questions": ("admin:questions",),
    "dpo/record#take-in": ("admin:record_import",),
    "dpo/record#authority": ("authority",),
    "dpo/privacy-notices#draft": (
        "admin:privacy_notices", "admin:privacy_notice_draft", "admin:privacy_notice_approve",
    ),
    "dpo/privacy-notices#told": ("admin:privacy_notice_told",),
    "dpo/requests#file": ("admin:dsar_subjectrequest", "admin:request_new"),
    "dpo/requests#whose": ("admin:request_attach",),
    "dpo/requests#clock": ("admin:request_ask", "admin:request_answered", "admin:request_correct"),
    "dpo/requests#extend": ("admin:request_extend",),
    "dpo/requests#refuse": ("admin:request_refuse",),
    "dpo/requests#files": ("admin:request_file", "admin:file_download", "admin:file_destroy"),
    "dpo/requests#year": ("admin:request_statistics",),
    "dpo/mail#read": ("admin:mails", "admin:mail"),
    "dpo/mail#decide": ("admin:mail_decide",),
    "dpo/identity#how-sure": ("admin:request_identify",),
    "dpo/identity#for-another": ("admin:request_who",),
    "dpo/identity#documents": ("admin:document_look",),
    "dpo/access#others": ("admin:request_others",),
    "dpo/access#copy": ("admin:request_copy", "admin:copy_download"),
    "dpo/erasure#plan": ("admin:erasure_plan",),
    "dpo/erasure#approve": (
        "admin:erasure_approve", "admin:erasure_second", "admin:erasure_carry_out",
    ),
    "dpo/erasure#certificate": (
        "admin:certificate", "admin:certificate_pdf", "admin:certificate_archive",
        "admin:certificate_hand_over",
    ),
    "dpo/erasure#memory": ("admin:request_memory",),
    "dpo/other-rights#act": ("admin:request_act",),
    "dpo/letters#write": ("admin:letter_drafts", "admin:letter_draft"),
    "dpo/letters#approve": ("admin:letter_draft_approve",),
    "dpo/people#find": ("admin:people", "admin:person", "admin:person_receipt"),
    "dpo/people#withdraw": ("admin:person_withdraw",),
    "dpo/people#link": ("admin:person_link",),
    "dpo/people#restriction": ("admin:restriction_announce", "admin:restriction_lift"),
    "dpo/people#death": ("admin:person_after",),
    "dpo/retention#preview": ("admin:retention_retentionrun", "admin:retention_preview"),
    "dpo/endings#calendar": ("admin:retention_schedule",),
    "dpo/endings#presets": ("admin:presets", "admin:preset_propose"),
    "dpo/endings#stores": ("admin:stores",),
    "dpo/endings#rows": ("admin:retention_rows",),
    "dpo/endings#effect": ("admin:activity_effect",),
    "dpo/retention#approve": (
        "admin:retention_approve", "admin:retention_second", "admin:retention_decline",
    ),
    "dpo/holds#holds": (
        "admin:holds", "admin:hold_place", "admin:hold_approve", "admin:hold_review",
        "admin:hold_lift",
    ),
    "dpo/retention#notices": ("admin:retention_notification", "admin:notice_close"),
    "dpo/findings#answer": ("admin:registry_finding", "admin:finding_answer"),
    "dpo/findings#groups": (
        "admin:finding_groups", "admin:finding_group_answer", "admin:finding_group_declare",
    ),
    "dpo/masking#rules": ("admin:text_rules", "admin:text_rule_enter", "admin:text_rule_end"),
    "dpo/breaches#record": ("admin:breach_new", "admin:registry_breach"),
    "dpo/breaches#describe": ("admin:breach_describe",),
    "dpo/breaches#notify": ("admin:breach_notify",),
    "dpo/breaches#people": ("admin:breach_decide",),
    "dpo/assessments#draft": ("admin:registry_impactassessment",),
    "dpo/assessments#conclude": ("admin:assessment_advise", "admin:assessment_conclude"),
    "dpo/audit#search": (
        "admin:audit_search", "admin:audit_entry", "admin:audit_entry_text",
        "admin:audit_entry_proof",
    ),
    "dpo/audit#person": ("admin:audit_person",),
    "dpo/audit#colleague": ("admin:audit_colleague",),
    "dpo/audit#verify": ("admin:audit_state", "admin:audit_verify"),
    "dpo/audit#export": ("admin:audit_export",),
    "dpo/audit#why": ("admin:why",),
    "dpo/law-and-house#provisions": ("admin:provisions", "admin:provision_enter"),
    "dpo/law-and-house#oppositions": ("admin:opposition_take",),
    "dpo/law-and-house#holidays": (
        "admin:holidays", "admin:holiday_enter", "admin:holiday_end",
    ),
    "dpo/accounts#staff": (
        "admin:registry_staff", "admin:staff_hire", "admin:staff_deactivate",
    ),
    "dpo/accounts#second-factor": ("admin:staff_factor",),
    "dpo/accounts#tokens": (
        "admin:api_apitoken", "admin:token_issue", "admin:token_renew", "admin:token_revoke",
    ),
    "dpo/public-pages#rights": (
        "portal:start", "portal:home", "portal:right", "portal:which", "portal:ask",
        "portal:help", "portal:privacy", "portal:privacy_version", "portal:accessibility",
    ),
    "dpo/public-pages#case": (
        "portal:case", "portal:case_copy", "portal:case_message", "portal:case_withdrawal",
        "portal:confirm_address",
    ),
    "dpo/public-pages#preferences": (
        "portal:preferences", "portal:consent_receipt", "portal:unsubscribe", "portal:confirm",
    ),
    "dpo/public-pages#forms": ("web_form",),
    "dpo/public-pages#own": ("own_ask", "own_page"),
    # For those who connect systems
    "integrator/connect#documentation": ("api-docs", "api-schema"),
    "integrator/connect#oauth": ("api.v1.oauth", "oauth_metadata"),
    "integrator/calls#people": ("api.v1.contacts",),
    "integrator/calls#many": ("api.v1.many",),
    "integrator/calls#duplicates": ("api.v1.merges",),
    "integrator/conversations#record": ("api.v1.interactions",),
    "integrator/conversations#threads": ("api.v1.conversations",),
    "integrator/conversations#send": ("api.v1.conversations.MessagesView",),
    "integrator/calls#orders": ("api.v1.orders", "api.v1.sales"),
    "integrator/service#cases": ("api.v1.cases",),
    "integrator/service#calls": ("api.v1.calls",),
    "integrator/service#articles": ("api.v1.articles",),
    "integrator/errors#problems": ("api.v1.problems",),
    "integrator/rights-by-api#decision": ("api.v1.decisions",),
    "integrator/rights-by-api#consents": ("api.v1.consents",),
    "integrator/rights-by-api#requests": ("api.v1.requests",),
    "integrator/rights-by-api#opendsr": ("api.v1.opendsr", "opendsr_certificate"),
    "integrator/receipts#proof": ("api.v1.audit",),
    "integrator/recipients#keys": ("webhook_keys",),
    "integrator/running#watch": ("health",),
}  # fmt: skip
PLACES = {name: place for place, names in EXPLAINED.items() for name in names}
"""The same the other way round: a name of a view, or of a family, and its place."""

_OF_A_LIST = re.compile(r"_(changelist|add|change|delete|history)$")


def place_of(view_name: str) -> str | None:
    """Return the place that explains a view, as `book/chapter#anchor`; None if there is none."""
    family = (
        view_name.rpartition(".")[0]
        if view_name.startswith("api.")
        else _OF_A_LIST.sub("", view_name)
    )
    return PLACES.get(view_name) or PLACES.get(family)


def help_for(view_name: str) -> str:
    """Return the address of the place that explains a view; the contents, if there is none."""
    place = place_of(view_name)
    if place is None:
        return reverse("manual")
    path, _, anchor = place.partition("#")
    book, _, name = path.partition("/")
    return address(book, name, anchor)
