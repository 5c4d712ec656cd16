"""A Django project that is an OpenID Provider and no more. CONFIGURATION, a variable, names a JSON file."""

import json
import os
from pathlib import Path

CONFIGURATION = json.loads(Path(os.environ["CONFIGURATION"]).read_text())

SECRET_KEY = CONFIGURATION["secret"]
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "urls"
WSGI_APPLICATION = "django.core.wsgi.get_wsgi_application"
LOGIN_URL = "/login/"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "oauth2_provider",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": "127.0.0.1",
        "PORT": CONFIGURATION["databasePort"],
        "NAME": "bench",
        "USER": "bench",
        "CONN_MAX_AGE": None,  # connections are kept
    }
}
OAUTH2_PROVIDER = {
    "OIDC_ENABLED": True,
    "OIDC_ISS_ENDPOINT": f"{CONFIGURATION['issuer']}/o",
    "OIDC_RSA_PRIVATE_KEY": CONFIGURATION["privateKey"],
    "SCOPES": {"openid": "Sign in", "profile": "Profile", "items:read": "See items", "introspection": "Ask"},
    "DEFAULT_SCOPES": ["items:read"],
    "ACCESS_TOKEN_EXPIRE_SECONDS": CONFIGURATION["accessTokenSeconds"],
    "ID_TOKEN_EXPIRE_SECONDS": 600,
    "REFRESH_TOKEN_EXPIRE_SECONDS": 30 * 86400,
    "ROTATE_REFRESH_TOKEN": True,
    "PKCE_REQUIRED": True,
    "ALLOWED_SCHEMES": ["http", "https"],
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "loggers": {"django.request": {"handlers": ["stderr"], "level": "ERROR"}},
}
