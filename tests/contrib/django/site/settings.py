"""A project with an application that has models of both kinds. Its servers are those of the environment."""

from __future__ import annotations

import os
from typing import Any

SECRET_KEY = "of a test"
DEBUG = os.environ.get("LIBRARY_DEBUG") == "1"
ALLOWED_HOSTS = ["127.0.0.1", "testserver"]
USE_TZ = True
STATIC_URL = "static/"
ROOT_URLCONF = "tests.contrib.django.site.urls"
WSGI_APPLICATION = "tests.contrib.django.site.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["LIBRARY_DATABASE"]}}
INSTALLED_APPS = ["weaviate_orm.contrib.django", "tests.contrib.django.site.library"]
MIDDLEWARE = ["django.middleware.common.CommonMiddleware", "weaviate_orm.contrib.django.session_middleware"]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
WEAVIATE: dict[str, Any] = {
    "TENANT": "tests.contrib.django.site.library.views.tenant_of",
    "MIGRATIONS": os.environ.get("LIBRARY_MIGRATIONS"),
    "HISTORY": "DjangoMigrations",
}
