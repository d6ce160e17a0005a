"""The application of ``INSTALLED_APPS``."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.core.checks import register
from django.core.signals import setting_changed
from django.utils.module_loading import autodiscover_modules

from weaviate_orm.contrib.django.mirror_signals import follow_mirrored_models
from weaviate_orm.contrib.django.setting_checks import TAG, check_mirrors, check_models, check_setting
from weaviate_orm.contrib.django.weaviate_settings import SETTING, configure_client


class WeaviateConfig(AppConfig):
    """``weaviate_orm.contrib.django``: reads the ``WEAVIATE`` setting; connects to no server until a query does."""

    name = "weaviate_orm.contrib.django"
    label = "weaviate"
    verbose_name = "Weaviate"

    def ready(self) -> None:
        """Import the ``documents`` and ``mirrors`` of the applications, and follow the models that are mirrored."""
        configure_client()
        setting_changed.connect(_configure_again, dispatch_uid="weaviate_orm")
        autodiscover_modules("documents", "mirrors")
        follow_mirrored_models()
        for check in (check_setting, check_models, check_mirrors):
            register(check, TAG)


def _configure_again(*, setting: str, **_: Any) -> None:
    if setting == SETTING:
        configure_client()
