"""Django's settings, made from the table in `configuration`."""

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from chargehand.project.configuration import read_configuration
from chargehand.project.database import database_settings
from chargehand.project.embedded_postgres import EmbeddedPostgres
from chargehand.project.logs import configure_structlog, logging_settings
from chargehand.project.secret_key import find_secret_key

CONFIGURATION = read_configuration(os.environ)
PACKAGE_DIR = Path(__file__).resolve().parent.parent

# `chargehand up` makes a key that lasts; without one, what this process signs dies with it.
SECRET_KEY = find_secret_key(CONFIGURATION) or secrets.token_urlsafe(48)
DEBUG = CONFIGURATION.debug

_public = urlsplit(CONFIGURATION.public_url)
_is_https = _public.scheme == "https"
ALLOWED_HOSTS = [*CONFIGURATION.allowed_hosts, _public.hostname or "localhost"]
CSRF_TRUSTED_ORIGINS = [f"{_public.scheme}://{_public.netloc}"]

# An app is one line here. Doors come first: where two apps have a template, the first one's is shown.
INSTALLED_APPS = [
    "chargehand.interfaces.ui",
    "chargehand.interfaces.console",  # before allauth: its sign-in templates win
    "chargehand.interfaces.api",
    "chargehand.interfaces.driver",
    "chargehand.interfaces.desk",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "ninja",  # its copy of the OpenAPI page's script and style
    "procrastinate.contrib.django",
    "chargehand.journal",
    "chargehand.domain.accounts",
    "chargehand.domain.stations",
    "chargehand.domain.tariffs",
    "chargehand.domain.tokens",
    "chargehand.domain.charging",
    "chargehand.domain.billing",
    "chargehand.domain.notices",
    "chargehand.domain.maintenance",
    "chargehand.domain.health",
]

PROCRASTINATE_IMPORT_PATHS = ["chargehand.project.timetable"]

MIDDLEWARE = [
    "chargehand.project.request_metrics.RequestMetricsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "chargehand.project.response_headers.ResponseHeadersMiddleware",
]

ROOT_URLCONF = "chargehand.project.urls"
ASGI_APPLICATION = "chargehand.project.asgi.application"

FORM_RENDERER = "chargehand.interfaces.ui.forms.FormRenderer"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {
    "default": database_settings(
        CONFIGURATION.database_url or EmbeddedPostgres(CONFIGURATION.data_dir / "postgres").url()
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_ADAPTER = "chargehand.project.sign_in.InvitedOnlyAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_DEFAULT_HTTP_PROTOCOL = _public.scheme
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not _is_https
MFA_TOTP_ISSUER = "Chargehand"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = CONFIGURATION.language
LOCALE_PATHS = [PACKAGE_DIR / "locale"]

# What stations and people upload (logs, photos), and the address under which they reach the web.
STORAGE_DIR = CONFIGURATION.data_dir.absolute() / "storage"
PUBLIC_URL = CONFIGURATION.public_url
_gateway = (
    f"wss://{_public.hostname}:{CONFIGURATION.gateway_tls_port}"
    if CONFIGURATION.tls_certificate and CONFIGURATION.gateway_tls_port
    else f"ws://{_public.hostname}:{CONFIGURATION.gateway_port}"
)
GATEWAY_URL = CONFIGURATION.gateway_url or _gateway
LOG_UPLOAD_BYTES = CONFIGURATION.log_upload_megabytes * 1_000_000

STATIC_URL = "static/"
STATIC_ROOT = CONFIGURATION.data_dir.absolute() / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _is_https
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = False
SECURE_HSTS_SECONDS = 31_536_000 if _is_https else 0
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
if CONFIGURATION.behind_proxy:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    ALLAUTH_TRUSTED_PROXY_COUNT = 1

DEFAULT_FROM_EMAIL = SERVER_EMAIL = CONFIGURATION.mail_from
_mail = urlsplit(CONFIGURATION.mail_url)
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if _mail.hostname
    else "chargehand.project.mail_outbox.EmailBackend"
)
EMAIL_FILE_PATH = CONFIGURATION.data_dir.absolute() / "outbox"
EMAIL_HOST = _mail.hostname or "localhost"
EMAIL_PORT = _mail.port or (465 if _mail.scheme == "smtps" else 587)
EMAIL_HOST_USER = unquote(_mail.username or "")
EMAIL_HOST_PASSWORD = unquote(_mail.password or "")
EMAIL_USE_SSL = _mail.scheme == "smtps"
EMAIL_USE_TLS = _mail.scheme == "smtp" and bool(EMAIL_HOST_USER)
EMAIL_TIMEOUT = 20

LOGGING = logging_settings(CONFIGURATION.log_format, CONFIGURATION.log_level)
configure_structlog()
