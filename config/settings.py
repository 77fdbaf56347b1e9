"""All settings, from the environment; `.env.example` lists each."""

import os
from pathlib import Path

from config import secrets
from config.env import Environment, data_dir, host_of

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment()
env.read_env(BASE_DIR / ".env")

DATA_DIR = data_dir(env.str("BELLHOP_DATA_DIR", default=str(BASE_DIR / "var")))

BELLHOP_VERSION = "0.1.0"
DEBUG = env.bool("DEBUG", default=False)
DEMO = env.bool("BELLHOP_DEMO", default=False)

SECRETS_ARE_GENERATED = not (env.str("SECRET_KEY", default="") and env.str("BELLHOP_ENCRYPTION_KEYS", default=""))
_generated = secrets.load_or_create(DATA_DIR) if SECRETS_ARE_GENERATED else {"secret_key": "", "encryption_keys": ""}
SECRET_KEY = env.str("SECRET_KEY", default="") or _generated["secret_key"]
BELLHOP_ENCRYPTION_KEYS: list[str] = [
    key.strip()
    for key in (env.str("BELLHOP_ENCRYPTION_KEYS", default="") or _generated["encryption_keys"]).split(",")
    if key.strip()
]

BELLHOP_BASE_URL = env.str("BELLHOP_BASE_URL", default="http://127.0.0.1:8000").rstrip("/")
_base_host = host_of(BELLHOP_BASE_URL) or "127.0.0.1"
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=[_base_host, "127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = [BELLHOP_BASE_URL] if "://" in BELLHOP_BASE_URL else []
_https = BELLHOP_BASE_URL.startswith("https://")

INSTALLED_APPS = [
    "teams",  # before the packages whose templates it replaces
    "unfold",
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "django_htmx",
    "config",
    "channels_app",
    "integrations",
    "alerts",
    "deliveries",
    "demo",
]

MIDDLEWARE = [
    "config.middleware.Probes",
    "django.middleware.security.SecurityMiddleware",
    # Before what may refuse, so that refusals cannot be framed either.
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.middleware.Gate",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "teams.readers.ReaderZone",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "teams.pages.navigation",
                "integrations.holding.frame",
            ]
        },
    }
]

DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'bellhop.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    secrets.make_private(Path(DATABASES["default"]["NAME"]))
    DATABASES["default"]["ENGINE"] = "config.sqlite"
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
    # Opening one costs as much as a dozen statements, and who closes the last one cleans the log up.
    DATABASES["default"]["CONN_MAX_AGE"] = None
    # A file, so that tests with threads and processes share one database.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / f"test-{os.getpid()}.sqlite3")}
else:
    # A thread takes one connection. What the server lost is found before it is used, and nothing waits for ever.
    _threads = env.int("BELLHOP_WEB_THREADS", default=8)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 5,
        "keepalives_idle": 20,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 20_000,
        "options": "-c random_page_cost=1.1 -c jit=off",
        **DATABASES["default"].get("OPTIONS", {}),
        "pool": {"min_size": 1, "max_size": _threads + 4, "timeout": 5, "reconnect_timeout": 5},
    }
    # Its own, so that two runs of the tests on one server do not meet.
    DATABASES["default"]["TEST"] = {"NAME": f"test_bellhop_{os.getpid()}"}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "teams.User"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SECURE_CONTENT_TYPE_NOSNIFF = True
SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W008"]  # tasks of the server in front that speaks TLS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": [],
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "object-src": ["'none'"],
    },
}
# The largest JSON body: 5,000 measurements of 400 bytes, with room.
DATA_UPLOAD_MAX_MEMORY_SIZE = env.int("BELLHOP_MAX_BODY", default=5 * 1024 * 1024)

_email = env.email_url("EMAIL_URL", default="consolemail://")
EMAIL_BACKEND = _email["EMAIL_BACKEND"]
EMAIL_HOST = _email.get("EMAIL_HOST") or "localhost"
EMAIL_PORT = _email.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = _email.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = _email.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = _email.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _email.get("EMAIL_USE_SSL", False)
EMAIL_FILE_PATH = _email.get("EMAIL_FILE_PATH") or None
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"bellhop@{_base_host}")

# What the operator allows destinations to be, beyond public addresses.
BELLHOP_ALLOWED_NETWORKS: list[str] = env.list(
    "BELLHOP_ALLOWED_NETWORKS", default=["127.0.0.0/8", "::1/128"] if DEMO else []
)
BELLHOP_APPRISE_SCHEMAS: list[str] = env.list("BELLHOP_APPRISE_SCHEMAS", default=[])
BELLHOP_MAIL_DOMAINS: list[str] = env.list("BELLHOP_MAIL_DOMAINS", default=[])
BELLHOP_MAIL_CONFIRM_ALL = env.bool("BELLHOP_MAIL_CONFIRM_ALL", default=False)
BELLHOP_PROXY = env.str("BELLHOP_PROXY", default="")
BELLHOP_CA_FILE = env.str("BELLHOP_CA_FILE", default="")
BELLHOP_PER_ADDRESS = env.int("BELLHOP_PER_ADDRESS", default=100)
BELLHOP_CALL_SECONDS = env.float("BELLHOP_CALL_SECONDS", default=10.0)
BELLHOP_HOLD_AFTER = env.float("BELLHOP_HOLD_AFTER", default=60.0)
BELLHOP_API_RATE = env.str("BELLHOP_API_RATE", default="6000/min")

# Caps a team; each error names its cap.
BELLHOP_MAX_TESTS = env.int("BELLHOP_MAX_TESTS", default=5_000)
BELLHOP_MAX_RULES = env.int("BELLHOP_MAX_RULES", default=5_000)
BELLHOP_MAX_INTEGRATIONS = env.int("BELLHOP_MAX_INTEGRATIONS", default=20_000)
BELLHOP_MAX_SOURCES = env.int("BELLHOP_MAX_SOURCES", default=5_000)
BELLHOP_MAX_METRICS = env.int("BELLHOP_MAX_METRICS", default=1_000)
BELLHOP_MAX_NOTES = env.int("BELLHOP_MAX_NOTES", default=1_000)
BELLHOP_MAX_OPEN_ALERTS = env.int("BELLHOP_MAX_OPEN_ALERTS", default=50_000)
# Quotas a team, which an operator may change for one team in the administration (docs/retention.md).
BELLHOP_TEAM_MEASUREMENTS_PER_MINUTE = env.int("BELLHOP_TEAM_MEASUREMENTS_PER_MINUTE", default=1_500_000)
BELLHOP_TEAM_MEASUREMENTS_PER_DAY = env.int("BELLHOP_TEAM_MEASUREMENTS_PER_DAY", default=1_000_000_000)
BELLHOP_TEAM_MAILS_PER_DAY = env.int("BELLHOP_TEAM_MAILS_PER_DAY", default=20_000)
BELLHOP_TEAM_STORED_MEASUREMENTS = env.int("BELLHOP_TEAM_STORED_MEASUREMENTS", default=2_000_000_000)

# How many days rows are kept; 0: for ever (docs/retention.md).
BELLHOP_KEEP_MEASUREMENTS_DAYS = env.days("BELLHOP_KEEP_MEASUREMENTS_DAYS", default=90)
BELLHOP_KEEP_EXTREMES_DAYS = env.days("BELLHOP_KEEP_EXTREMES_DAYS", default=400)
BELLHOP_KEEP_ATTEMPTS_DAYS = env.days("BELLHOP_KEEP_ATTEMPTS_DAYS", default=400)
BELLHOP_KEEP_ALERTS_DAYS = env.days("BELLHOP_KEEP_ALERTS_DAYS", default=400)
BELLHOP_KEEP_AUDIT_DAYS = env.days("BELLHOP_KEEP_AUDIT_DAYS", default=400)

# What operators watch it by (docs/operating.md).
BELLHOP_OPERATORS: list[str] = env.list("BELLHOP_OPERATORS", default=[])
BELLHOP_METRICS_TOKEN = env.str("BELLHOP_METRICS_TOKEN", default="")
BELLHOP_METRICS_BIND = env.str("BELLHOP_METRICS_BIND", default="")
BELLHOP_DEADMAN_URL = env.str("BELLHOP_DEADMAN_URL", default="")

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="")
CELERY_TASK_DEFAULT_QUEUE = env.str("BELLHOP_QUEUE", default="bellhop")
# Proxies whose X-Forwarded-For is believed where attempts are limited by address.
BELLHOP_TRUSTED_PROXIES: list[str] = env.list("BELLHOP_TRUSTED_PROXIES", default=[])

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["teams.api.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["teams.api.permissions.TeamPermission"],
    "DEFAULT_THROTTLE_CLASSES": ["teams.api.throttling.KeyThrottle"],
    "DEFAULT_PAGINATION_CLASS": "teams.api.pagination.Pages",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["teams.api.parsing.StrictJSONParser"],
    "EXCEPTION_HANDLER": "teams.api.problems.handle",
    "UNAUTHENTICATED_USER": None,
    "DATETIME_FORMAT": "iso-8601",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Bellhop API",
    "DESCRIPTION": "Measurements in, alerts out, everything as code.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "SERVE_PERMISSIONS": [],
    "SERVE_AUTHENTICATION": [],
    "ENUM_NAME_OVERRIDES": {"SeverityEnum": "channels_app.words.SEVERITIES"},
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "teams.api.schema.problems_everywhere",
    ],
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "config.logs.JsonLines"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="WARNING")},
    "loggers": {"django.request": {"level": "ERROR"}},
}

# What could not be read above, by name; teams.checks reports it.
BELLHOP_MALFORMED: dict[str, str] = env.malformed
