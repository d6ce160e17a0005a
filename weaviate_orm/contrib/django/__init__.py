"""Weaviate in Django projects: the setting, sessions of requests, views, forms, commands, and mirrors of models.

Needs the ``django`` extra.

::

    INSTALLED_APPS = [..., "weaviate_orm.contrib.django"]
    MIDDLEWARE = [..., "weaviate_orm.contrib.django.session_middleware"]
    WEAVIATE = {"URL": "http://localhost:8080"}
"""

try:
    import django  # noqa: F401
except ModuleNotFoundError as error:
    if error.name != "django":
        raise
    raise ModuleNotFoundError(
        'weaviate_orm.contrib.django needs Django: pip install "weaviate-mapper[django]"', name=error.name
    ) from error
from weaviate_orm.contrib.django.form_fields import LinesField, ReferenceField, ReferencesField
from weaviate_orm.contrib.django.generic_views import DetailView, ListView
from weaviate_orm.contrib.django.mirrors import Mirror, MirrorReport
from weaviate_orm.contrib.django.model_forms import ModelForm, modelform_factory
from weaviate_orm.contrib.django.paginators import Paginator, SearchPage, SearchPaginator
from weaviate_orm.contrib.django.request_sessions import aget_session, get_session, session_middleware
from weaviate_orm.contrib.django.shortcuts import aget_object_or_404, get_list_or_404, get_object_or_404

__all__ = [
    "DetailView",
    "LinesField",
    "ListView",
    "Mirror",
    "MirrorReport",
    "ModelForm",
    "Paginator",
    "ReferenceField",
    "ReferencesField",
    "SearchPage",
    "SearchPaginator",
    "aget_object_or_404",
    "aget_session",
    "get_list_or_404",
    "get_object_or_404",
    "get_session",
    "modelform_factory",
    "session_middleware",
]
