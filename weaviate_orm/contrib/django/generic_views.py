"""Class-based views of models: Django's, over query sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpRequest, HttpResponse
from django.views.generic import detail, list

from weaviate_orm.contrib.django.paginators import Paginator, SearchPaginator
from weaviate_orm.contrib.django.shortcuts import get_object_or_404
from weaviate_orm.model.model import Model
from weaviate_orm.query.queryset import QuerySet

if TYPE_CHECKING:
    _ListView = list.ListView[Any]
    _DetailView = detail.DetailView[Any]
else:
    _ListView, _DetailView = list.ListView, detail.DetailView


class _OfModel:
    """What lists and details of a model have in common.

    Attributes:
        model: the model; or
        queryset: what its objects are chosen from.
    """

    model: Any
    queryset: Any
    template_name: str | None = None
    template_name_suffix: str
    context_object_name: str | None = None

    def get_queryset(self) -> Any:
        """Return what the objects are chosen from."""
        if self.queryset is not None:
            return self.queryset
        if self.model is None:
            raise ImproperlyConfigured(f"{type(self).__name__} needs a model, a queryset, or get_queryset()")
        return self.model.query

    def get_template_names(self) -> Any:
        """Return ``template_name``; without one ``{application}/{model}_list.html``, or ``…_detail.html``."""
        if self.template_name is not None:
            return [self.template_name]
        model = self._model()
        application = apps.get_containing_app_config(model.__module__)
        folder = f"{application.label}/" if application is not None else ""
        return [f"{folder}{model.__name__.lower()}{self.template_name_suffix}.html"]

    def _model(self) -> type[Model]:
        model: type[Model] = self.model if self.model is not None else self.get_queryset()._query.entity.model
        return model


class ListView(_OfModel, _ListView):
    """A page of the objects of a model, or all of them; Django's ListView.

    ::

        class BookList(ListView):
            queryset = Book.query.include(Book.author).order_by("title")
            paginate_by = 20

    The context has ``book_list``, and what Django's has. For a search, set ``paginator_class = SearchPaginator``.
    """

    model: Any = None
    queryset: Any = None
    paginator_class: Any = Paginator

    def get_queryset(self) -> Any:
        """Return what the objects are chosen from, in the order of ``ordering``."""
        queryset, ordering = super().get_queryset(), self.get_ordering()
        if not ordering:
            return queryset
        names: Any = [ordering] if isinstance(ordering, str) else ordering
        return queryset.order_by(*names)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Respond with the list. Raises Http404 for a page that does not exist, or an empty list that is not allowed.

        What is not paginated is read at once.
        """
        queryset: Any = self.get_queryset()
        page_size = self.get_paginate_by(queryset)
        if isinstance(queryset, QuerySet) and not page_size:
            queryset = queryset.all()
        self.object_list = queryset
        if not self.get_allow_empty():
            is_filled = queryset.exists() if isinstance(queryset, QuerySet) else bool(queryset)
            if not is_filled:
                raise Http404(f"there is no {self._model().__name__}")
        return self.render_to_response(self.get_context_data())

    def paginate_queryset(self, queryset: Any, page_size: int) -> Any:
        """Return the paginator, the page, its objects, and whether there are others. Raises Http404."""
        page = self.kwargs.get(self.page_kwarg) or self.request.GET.get(self.page_kwarg)
        if page == "last" and issubclass(self.paginator_class, SearchPaginator):
            raise Http404("a search has no count, and so no last page")
        return super().paginate_queryset(queryset, page_size)

    def get_context_object_name(self, object_list: Any) -> Any:
        """Return the name of the list in the context."""
        return self.context_object_name or f"{self._model().__name__.lower()}_list"


class DetailView(_OfModel, _DetailView):
    """The page of one object of a model, by ``<uuid:pk>`` of its path, or by a slug; Django's DetailView."""

    model: Any = None
    queryset: Any = None

    def get_object(self, queryset: Any = None) -> Any:
        """Return the object of the path. Raises Http404 where there is none."""
        queries = queryset if queryset is not None else self.get_queryset()
        pk, slug = self.kwargs.get(self.pk_url_kwarg), self.kwargs.get(self.slug_url_kwarg)
        lookups = {self.get_slug_field(): slug} if slug is not None and (pk is None or self.query_pk_and_slug) else {}
        if pk is None and not lookups:
            raise AttributeError(
                f"{type(self).__name__} needs {self.pk_url_kwarg!r} or {self.slug_url_kwarg!r} in its path"
            )
        return get_object_or_404(queries, pk, **lookups)

    def get_context_object_name(self, obj: Any) -> Any:
        """Return the name of the object in the context."""
        return self.context_object_name or self._model().__name__.lower()
