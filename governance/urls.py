"""Every address of the service."""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path

from api.v1 import oauth
from crm.help.urls import addresses as help_centre
from dsar.portal.limits import limited
from governance.manual import views as manual
from governance.portal import credentials, notices, pages
from governance.portal.authority import authority
from governance.portal.site import portal
from governance.public import own_page
from governance.public.web_form import web_form

pages.register(portal)


def health(_request: HttpRequest) -> HttpResponse:
    """Answer that the process serves; touches no personal data and is exempt from the log."""
    return HttpResponse("ok", content_type="text/plain")


def closed(_request: HttpRequest, **_kwargs: object) -> HttpResponse:
    """Answer for pages of the login library that make no sense here: nobody has an e-mail."""
    raise Http404


urlpatterns = [
    path("health/", health, name="health"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("accounts/email/", closed),
    path("accounts/signup/", closed),
    path("accounts/password/set/", closed),
    path("accounts/password/reset/", closed),
    path("accounts/password/reset/done/", closed),
    path("accounts/", include(credentials.urls())),
    path("accounts/", include("allauth.urls")),
    path("manual/", manual.contents, name="manual"),
    path("manual/<slug:book>/<slug:name>/", manual.chapter, name="manual_chapter"),
    path("admin/", portal.urls),
    path("desk/", include("crm.console.urls")),
    path("api/v1/", include("api.v1.urls")),
    path(".well-known/custode/<slug:company>.json", notices.public_keys, name="webhook_keys"),
    path(
        ".well-known/custode/opendsr.pem", notices.opendsr_certificate, name="opendsr_certificate"
    ),
    path(".well-known/oauth-authorization-server", oauth.metadata, name="oauth_metadata"),
    path("c/<slug:company>/authority/", authority, name="authority"),
    path("c/<slug:company>/forms/<slug:form>/", web_form, name="web_form"),
    path("c/<slug:company>/yours/", own_page.ask, name="own_ask"),
    path("c/<slug:company>/yours/<str:token>/", own_page.show, name="own_page"),
    path("c/<slug:company>/help-centre/", include(help_centre(limited))),
    path("", include("dsar.portal.urls")),
]
