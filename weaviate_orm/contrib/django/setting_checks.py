"""System checks of the setting and the models. They need no server."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from django.apps import apps
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from weaviate_orm.contrib.django.mirrors import registered_mirrors
from weaviate_orm.contrib.django.weaviate_settings import SETTING, read_setting
from weaviate_orm.exceptions import WeaviateORMError
from weaviate_orm.model.model import Model
from weaviate_orm.model.registry import registered

TAG: Final = "weaviate"


def project_models() -> list[type[Model]]:
    """Return the Weaviate models that the installed applications define."""
    return [model for model in registered() if apps.get_containing_app_config(model.__module__) is not None]


def check_setting(app_configs: object = None, **_: Any) -> list[CheckMessage]:
    """Check ``WEAVIATE``: its keys, what a client is made of, and the function of tenants."""
    try:
        setting = read_setting()
    except ImproperlyConfigured as error:
        return [Error(str(error), id="weaviate.E001")]
    messages: list[CheckMessage] = []
    try:
        setting.check_client()
    except (WeaviateORMError, TypeError) as error:
        messages.append(Error(f"{SETTING}: {error}", id="weaviate.E002"))
    if isinstance(setting.tenant, str):
        try:
            import_string(setting.tenant)
        except ImportError as error:
            messages.append(Error(f"{SETTING}['TENANT']: {error}", id="weaviate.E003"))
    return messages


def check_models(app_configs: object = None, **_: Any) -> list[CheckMessage]:
    """Check that Weaviate can hold the models."""
    return _errors(project_models(), lambda model: model.__mapper__.collection, "weaviate.E004")


def check_mirrors(app_configs: object = None, **_: Any) -> list[CheckMessage]:
    """Check that each mirror has what its documents need."""
    return _errors(registered_mirrors(), lambda mirror: mirror.check(), "weaviate.E005")


def _errors(subjects: Iterable[Any], check: Callable[[Any], object], code: str) -> list[CheckMessage]:
    messages: list[CheckMessage] = []
    for subject in subjects:
        try:
            check(subject)
        except WeaviateORMError as error:
            messages.append(Error(str(error), obj=subject, id=code))
    return messages
