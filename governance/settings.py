"""Settings: what differs between installations comes from `governance.env`, and nowhere else."""

from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from governance import env, mailboxes

BASE_DIR = Path(__file__).resolve().parent.parent
STATE = env.path("CUSTODE_STATE", BASE_DIR / "var")
DEBUG = env.flag("CUSTODE_DEBUG", default=False)
SECRET_KEY = env.secret("CUSTODE_SECRET_KEY")
# Variables by name; the next one is set while the root key is changed (`rotate_keys root`).
CUSTODE_ROOT_KEY = env.root_key("CUSTODE_", default=str(STATE / "root.key"))
CUSTODE_NEXT_ROOT_KEY = env.root_key("CUSTODE_NEXT_")
# Spool and export of the audit log; best on a disk the database server can not write to.
CUSTODE_AUDIT_FOLDER = env.path("CUSTODE_AUDIT_FOLDER", STATE / "audit")
# Where checkpoints of the audit log go besides the export folder.
CUSTODE_ANCHOR_WITNESSES = env.witnesses("CUSTODE_ANCHOR_WITNESSES")
CUSTODE_ANCHOR_TIMESTAMP_URL = env.https("CUSTODE_ANCHOR_TIMESTAMP_URL")
CUSTODE_ANCHOR_TIMESTAMP_ROOTS = env.path("CUSTODE_ANCHOR_TIMESTAMP_ROOTS", STATE / "tsa.pem")
# Networks inside to which notices of erasure may go; all other addresses must be public.
CUSTODE_NAME_MODELS = env.models("CUSTODE_NAME_MODELS")  # none: the model that is shipped
CUSTODE_EGRESS_ALLOW = env.networks("CUSTODE_EGRESS_ALLOW")
ALLOWED_HOSTS = env.text("CUSTODE_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
BASE_URL = env.text("CUSTODE_BASE_URL", "http://127.0.0.1:8000").rstrip("/")
HTTPS = BASE_URL.startswith("https://")

# How many proxies in front write X-Forwarded-For; with an https address there is one.
CUSTODE_PROXY_HOPS = env.integer("CUSTODE_PROXY_HOPS", int(HTTPS), minimum=0, maximum=9)

INSTALLED_APPS = [
    "unfold",
    # No autodiscovery: the portal is a site of its own (governance.portal.site).
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_celery_beat",
    "csp",
    "governance",
    "governance.crypto",
    "audit",
    "registry",
    "crm",
    "retention",
    "dsar",
    "api",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    # Inside the session, which is not saved when an answer is replaced by an error.
    "governance.portal.coverage.CoverageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "governance.portal.second_factor.SecondFactorMiddleware",
]
ROOT_URLCONF = "governance.urls"
WSGI_APPLICATION = "governance.wsgi.application"
ASGI_APPLICATION = "governance.asgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "governance" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
            ]
        },
    }
]

# Two databases and four roles. The owner's connections are used by `manage.py prepare` alone.
AS_OWNER = env.choice("CUSTODE_DATABASE_ROLE", ("app", "owner"), default="app") == "owner"
DATABASES = {
    "default": env.database("DATABASE_OWNER_URL" if AS_OWNER else "DATABASE_URL"),
    "keys": env.database("KEYSTORE_OWNER_URL" if AS_OWNER else "KEYSTORE_URL"),
    "portal": env.database("DATABASE_PORTAL_URL"),
    "case": env.database("DATABASE_CASE_URL"),
    "auditor": env.database("DATABASE_AUDITOR_URL"),
}
DATABASE_ROUTERS = ["governance.routers.KeystoreRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "registry.Staff"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False  # desks are shared: a session ends with the browser
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "governance.portal.accounts.ClosedAccounts"
MFA_ADAPTER = "governance.portal.second_factor.SealedSecrets"
# `optional` is for demonstrations: DPO, legal, auditor and administrator may then do without.
CUSTODE_SECOND_FACTOR = env.choice(
    "CUSTODE_SECOND_FACTOR", ("required", "optional"), default="required"
)
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Custode"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/admin/"
LOGOUT_REDIRECT_URL = "/"

LANGUAGE_CODE = "it"
LANGUAGES = [("it", _("Italian")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "governance" / "locale"]
TIME_ZONE = "Europe/Rome"
USE_TZ = True
USE_THOUSAND_SEPARATOR = True
FORMAT_MODULE_PATH = ["governance.formats"]

STATIC_URL = "/static/"
STATIC_ROOT = STATE / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_AGE = 8 * 3600
SECURE_CONTENT_TYPE_NOSNIFF = True
# Not "no-referrer": browsers then send "Origin: null" with every form, which CSRF protection
# refuses. This tells other sites nothing either.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
X_FRAME_OPTIONS = "DENY"
CSRF_TRUSTED_ORIGINS = [BASE_URL]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "object-src": ["'none'"],
    }
}

MAIL = env.mail_server("CUSTODE_MAIL_URL")  # none: no mail is sent
DEFAULT_FROM_EMAIL = env.text("CUSTODE_MAIL_FROM", "custode@localhost")
EMAIL_TIMEOUT = 15
MAILBOXES = mailboxes.mailboxes("CUSTODE_MAILBOXES")  # none: no mail is read
CARE_MAILBOXES = mailboxes.mailboxes("CUSTODE_CARE_MAILBOXES")  # of customer care
MAIL_HOSTS = mailboxes.hosts("CUSTODE_MAIL_HOSTS")  # our servers, whose trace in a mail is believed
if MAIL:
    EMAIL_HOST, EMAIL_PORT = MAIL.host, MAIL.port
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = MAIL.user, MAIL.password
    EMAIL_USE_SSL, EMAIL_USE_TLS = MAIL.is_tls, MAIL.wants_tls

# PEM files by which answers of OpenDSR are signed; without them it is closed.
OPENDSR_KEY = env.text("CUSTODE_OPENDSR_KEY", "")
OPENDSR_CERTIFICATE = env.text("CUSTODE_OPENDSR_CERTIFICATE", "")

CELERY_BROKER_URL = env.broker("CELERY_BROKER_URL")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TIMEZONE = TIME_ZONE
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
if CELERY_BROKER_URL.startswith("redis"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 3600,
        # A task of a killed worker comes back in seconds instead of minutes.
        "unacked_restore_interval": 2,
        "unacked_restore_throttle": 1,
    }

REST_FRAMEWORK: dict[str, Any] = {
    "URL_FORMAT_OVERRIDE": None,
    "DEFAULT_AUTHENTICATION_CLASSES": ["api.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "api.errors.handle",
    "DEFAULT_THROTTLE_RATES": {"token": "600/min"},
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Custode API",
    "DESCRIPTION": (
        "Customer data behind the gate: every call names a purpose, and leaves one entry in the"
        " audit log, whose receipt is in `X-Audit-Receipt`.\n\n"
        "**Repeating.** A write with an `Idempotency-Key` happens once, however often it is"
        " sent.\n\n"
        "**Changing.** A change says which version it is made on: `If-Match` with the `ETag` of"
        " what was read, or `version` where several are changed. 412: it was changed since; 428:"
        " the version is missing.\n\n"
        "**Limits.** 600 calls a minute for each token, counted by each process of the service"
        " apart; then 429 with `Retry-After` in seconds. Read and change up to 100 contacts by one"
        " call, and lists by pages of up to 100."
    ),
    "VERSION": "1.0.0",
    "EXTERNAL_DOCS": {"description": "Manual", "url": "/manual/integrator/connect/"},
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    # Several records have a stage, a state or a kind, which a document cannot tell by the name.
    "ENUM_NAME_OVERRIDES": {
        "StageEnum": ["lead", "prospect", "customer", "former", "employee"],
        "SaleStageEnum": ["new", "qualified", "proposal", "negotiation", "won", "lost"],
        "CaseStateEnum": ["new", "open", "waiting", "solved"],
        "CaseKindEnum": ["question", "service_request", "fault", "warranty", "complaint"],
        "ArticleStateEnum": ["draft", "review", "published", "superseded", "withdrawn"],
        "ArticleDraftEnum": ["draft", "review"],
        "CaseStepEnum": ["open", "waiting", "solved"],
    },
}
UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Custode",
    "SITE_HEADER": "Custode",
    "SITE_SYMBOL": "verified_user",
    "SITE_URL": None,
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "SHOW_BACK_BUTTON": True,
    "ENVIRONMENT": "governance.portal.navigation.environment",
    "STYLES": ["/static/governance/portal.css"],
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": "/static/portal/icon.svg"},
    ],
    "ACCOUNT": {"navigation": "governance.portal.navigation.account_links"},
    "SIDEBAR": {"navigation": "governance.portal.navigation.groups"},
    # One calm blue; it keeps 4.5:1 on white and on the dark background.
    "COLORS": {
        "primary": {
            "50": "#eff6fb",
            "100": "#dbeaf5",
            "200": "#bdd8ec",
            "300": "#8fbddf",
            "400": "#5a9bcd",
            "500": "#3580b8",
            "600": "#1f669c",
            "700": "#1b537f",
            "800": "#1a466a",
            "900": "#1b3c59",
            "950": "#12273b",
        }
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "governance.logs.WithoutValues",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}
