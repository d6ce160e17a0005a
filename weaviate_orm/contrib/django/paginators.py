"""Paginators. Django's own takes a query set too; these send fewer requests, and know how far Weaviate lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core import paginator
from django.utils.functional import cached_property

from weaviate_orm.exceptions import SessionError
from weaviate_orm.query.paging import MOST
from weaviate_orm.query.queryset import QuerySet

if TYPE_CHECKING:
    _Paginator = paginator.Paginator[Any]
    _Page = paginator.Page[Any]
else:
    _Paginator, _Page = paginator.Paginator, paginator.Page


class Paginator(_Paginator):
    """Django's paginator, whose pages of a query set are lists: one request counts, one reads.

    Weaviate lists 10,000 objects in an order. What is beyond is on no page, and ``count`` is that of what is.
    """

    @cached_property
    def count(self) -> int:
        """How many objects the pages have."""
        return min(super().count, MOST) if isinstance(self.object_list, QuerySet) else super().count

    def page(self, number: int | str) -> Any:
        """Return a page. Raises as Django's: PageNotAnInteger, EmptyPage."""
        number = self.validate_number(number)
        bottom = (number - 1) * self.per_page
        top = bottom + self.per_page
        if top + self.orphans >= self.count:
            top = self.count
        return _Page(_read(self.object_list[bottom:top]), number, self)


class SearchPage(_Page):
    """A page of a search: whether there is a next one is known, how many there are is not."""

    def __init__(self, object_list: Any, number: int, paginator: SearchPaginator) -> None:
        super().__init__(object_list[: paginator.per_page], number, paginator)
        self._has_next = len(object_list) > paginator.per_page

    def __repr__(self) -> str:
        return f"<Page {self.number}>"

    def has_next(self) -> bool:
        """Return whether there is a next page."""
        return self._has_next

    def next_page_number(self) -> int:
        """Return the number of the next page. Raises EmptyPage where there is none."""
        if not self._has_next:
            raise paginator.EmptyPage(self.paginator.error_messages["no_results"])
        return self.number + 1

    def end_index(self) -> int:
        """Return the place of the last object among all, from 1."""
        return (self.number - 1) * self.paginator.per_page + len(self)

    def start_index(self) -> int:
        """Return the place of the first object among all, from 1; 0 where the page is empty."""
        return self.end_index() - len(self) + 1 if len(self) else 0


class SearchPaginator(_Paginator):
    """A paginator for searches, which have no count: a page reads an object more than it shows, by one request.

    ::

        page = SearchPaginator(Book.query.near_text("novels"), 20).get_page(request.GET.get("page"))
    """

    def page(self, number: int | str) -> Any:
        """Return a page. Raises as Django's: PageNotAnInteger, EmptyPage."""
        number = self.validate_number(number)
        bottom = (number - 1) * self.per_page
        if bottom >= MOST:
            raise paginator.EmptyPage(self.error_messages["no_results"])
        objects = _read(self.object_list[bottom : min(bottom + self.per_page + 1, MOST)])
        if not objects and number > 1:
            raise paginator.EmptyPage(self.error_messages["no_results"])
        return SearchPage(objects, number, self)

    def get_page(self, number: Any) -> Any:
        """Return a page; the first for what is no number, or is a page that does not exist."""
        try:
            return self.page(number)
        except paginator.InvalidPage:
            return self.page(1)

    def validate_number(self, number: Any) -> int:
        """Return the number of a page, which may turn out to have no objects. Raises as Django's."""
        try:
            if isinstance(number, float) and not number.is_integer():
                raise ValueError
            number = int(number)
        except (TypeError, ValueError):
            raise paginator.PageNotAnInteger(self.error_messages["invalid_page"]) from None
        if number < 1:
            raise paginator.EmptyPage(self.error_messages["min_page"])
        validated: int = number
        return validated

    @cached_property
    def count(self) -> int:
        """Raises SessionError: a search is not counted."""
        raise SessionError("a search has no count, and its pages no number: show page.has_next, or use Paginator")

    @cached_property
    def num_pages(self) -> int:
        """Raises SessionError: a search is not counted."""
        return self.count


def _read(objects: Any) -> Any:
    return objects.all() if isinstance(objects, QuerySet) else objects
