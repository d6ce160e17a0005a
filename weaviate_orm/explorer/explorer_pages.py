"""The pages: what each reads, and which template shows it. They run in threads, one request of a browser in each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import NotFoundError, QueryError, UnknownNameError, WeaviateORMError
from weaviate_orm.explorer.catalogue import CatalogueEntry
from weaviate_orm.explorer.collection_facts import collection_facts
from weaviate_orm.explorer.guard import FormToken
from weaviate_orm.explorer.live_reads import LiveReads, ObjectTable
from weaviate_orm.explorer.object_view import changes_of, form_fields, show_object
from weaviate_orm.explorer.page_templates import collection_address, page_templates, stylesheet
from weaviate_orm.explorer.schema_drawing import draw_schema
from weaviate_orm.explorer.search_form import KINDS, SearchForm
from weaviate_orm.explorer.vector_map import SAMPLE, draw_map
from weaviate_orm.http.connections import without_credentials
from weaviate_orm.types import Tenant

PAGE: Final = 25
"""The objects of a page."""

NEIGHBOURS: Final = 8
"""The most neighbours of an object."""

_TENANTS: Final = 200
"""The most tenants that are listed."""


class ExplorerPages:
    """Answers requests of one server's pages.

    Args:
        client: of the server; nothing of its credentials is in any page.
        write: whether objects may be changed and deleted.
        token: what forms that write have to carry.
    """

    def __init__(self, client: Client, write: bool, token: FormToken) -> None:
        self._client = client
        self._reads = LiveReads(client)
        self._write = write
        self._token = token
        self._templates: Environment = page_templates()
        self._stylesheet = stylesheet()

    # -- reading

    def overview(self, request: Request) -> Response:
        """Show the collections. Three requests."""
        catalogue = self._reads.catalogue()
        entries = list(catalogue.entries.values())
        counts = self._reads.counts(entries)
        return self._page("overview.html", entries=entries, counts=counts, drawing=draw_schema(entries))

    def collection(self, request: Request) -> Response:
        """Show a collection and a page of its objects. Four requests, and two more where it has tenants."""
        entry = self._reads.catalogue().entry(request.path_params["name"])
        tenant, after = request.query_params.get("tenant", ""), request.query_params.get("after", "")
        tenants: list[Tenant] = []
        tenant_counts: dict[str, int] = {}
        if entry.spec.is_multi_tenant:
            tenants, tenant_counts = self._reads.tenants(entry), self._reads.tenant_counts(entry)
        table = count = following = problem = None
        if tenant or not entry.spec.is_multi_tenant:
            try:
                query = entry.query(tenant)
                count = self._reads.count(query)
                page = query._evolve(after=_id(after)) if after else query
                table = self._reads.table(entry, page.limit(PAGE + 1))
                table, following = _cut(table, PAGE)
            except WeaviateORMError as error:
                problem = without_credentials(str(error))
        return self._page(
            "collection.html",
            entry=entry,
            facts=collection_facts(entry),
            form=SearchForm(tenant=tenant),
            tenant=tenant,
            tenants=tenants[:_TENANTS],
            tenant_count=len(tenants),
            tenant_counts=tenant_counts,
            count=count,
            table=table,
            after=after,
            following=following,
            problem=problem,
        )

    def search(self, request: Request) -> Response:
        """Show the hits of a search. Three requests."""
        entry = self._reads.catalogue().entry(request.path_params["name"])
        values = request.query_params
        table = code = problem = None
        form = SearchForm(tenant=values.get("tenant", ""))
        try:
            form = SearchForm.of(values)
            code = form.code(entry)
            table = self._reads.table(entry, form.query(entry))
        except WeaviateORMError as error:
            problem = without_credentials(str(error))
        return self._page(
            "search.html",
            entry=entry,
            form=form,
            typed={name: values.get(name, "") for name in ("kind", "text", "target", "filters", "order", "limit")},
            tenant=form.tenant,
            table=table,
            code=code,
            problem=problem,
        )

    def one_object(self, request: Request) -> Response:
        """Show an object, what refers to it, and its neighbours. Five requests at most."""
        catalogue = self._reads.catalogue()
        entry, id, tenant = catalogue.entry(request.path_params["name"]), _path_id(request), _tenant(request)
        shown = show_object(entry, self._reads.stored(entry, id, tenant))
        problem, neighbours, target = None, None, request.query_params.get("target", "")
        referring, unknown = [], None
        try:
            referring = self._reads.referring(catalogue, entry, id, tenant)
        except WeaviateORMError as error:
            unknown = without_credentials(str(error))
        if shown.vectors:
            target = target or shown.vectors[0].attribute
            query = entry.query(tenant).near_object(id, target=target if len(entry.entity.vectors) > 1 else None)
            try:
                neighbours = _without(self._reads.table(entry, query.limit(NEIGHBOURS + 1)), str(id))
            except WeaviateORMError as error:
                problem = without_credentials(str(error))
        return self._page(
            "object.html",
            entry=entry,
            tenant=tenant,
            shown=shown,
            referring=referring,
            unknown=unknown,
            neighbours=neighbours,
            target=target,
            problem=problem,
        )

    def vector_map(self, request: Request) -> Response:
        """Show a map of the vectors of a sample: the first objects in the order of ids. Four requests."""
        entry = self._reads.catalogue().entry(request.path_params["name"])
        tenant = _tenant(request)
        target = request.query_params.get("target", "") or next(iter(entry.entity.vectors))
        color = request.query_params.get("color", "")
        drawn = count = problem = None
        try:
            if target not in entry.entity.vectors:
                raise UnknownNameError(f"vector of {entry.name}", target, entry.entity.vectors)
            names = dict.fromkeys(filter(None, ("id", target, color, entry.title.attribute if entry.title else "")))
            query = entry.query(tenant)
            count = self._reads.count(query)
            table = self._reads.table(entry, query.limit(SAMPLE), [*names])
            labels = [_label(row, entry) or id for id, row in table.rows()]
            drawn = draw_map(
                table.ids, table.columns[target], labels, table.columns[color] if color and color != "id" else None
            )
        except WeaviateORMError as error:
            problem = without_credentials(str(error))
        return self._page(
            "map.html",
            entry=entry,
            tenant=tenant,
            target=target,
            color=color,
            drawn=drawn,
            count=count,
            problem=problem,
        )

    # -- writing

    def edit(self, request: Request) -> Response:
        """Show the form of an object. Three requests."""
        entry, _, tenant, body = self._writable(request)
        return self._form(entry, tenant, body, form_fields(entry, body))

    def change(self, request: Request, form: Mapping[str, str]) -> Response:
        """Store what a form has changed. Four requests."""
        self._check(form)
        entry, id, tenant, body = self._writable(request)
        changes, fields = changes_of(entry, body, form)
        if str(body.get("lastUpdateTimeUnix", "")) != form.get("version"):
            problem = "Somebody else has changed this object meanwhile. Open it again to see how."
            return self._form(entry, tenant, body, fields, problem, version=form.get("version", ""), status=409)
        if any(field.problem for field in fields):
            return self._form(entry, tenant, body, fields, "Nothing was stored.", status=422)
        if changes:
            self._client.data_object.update(changes, entry.name, id, tenant=tenant)
        return _see(collection_address(entry.name, "objects", id, tenant=tenant))

    def confirm_delete(self, request: Request) -> Response:
        """Ask whether an object shall be deleted. Three requests."""
        entry, _, tenant, body = self._writable(request)
        return self._page("delete.html", entry=entry, tenant=tenant, shown=show_object(entry, body))

    def delete(self, request: Request, form: Mapping[str, str]) -> Response:
        """Delete an object. Four requests."""
        self._check(form)
        entry, id, tenant, _ = self._writable(request)
        self._client.data_object.delete(id, entry.name, tenant=tenant)
        return _see(collection_address(entry.name, tenant=tenant))

    # -- other answers

    def style(self, request: Request) -> Response:
        """Return the stylesheet."""
        return Response(self._stylesheet, media_type="text/css")

    def failed(self, request: Request, error: Exception) -> Response:
        """Show an error."""
        status = 404 if isinstance(error, (NotFoundError, UnknownNameError)) else 502
        status = error.status if isinstance(error, RefusedFormError) else status
        return self._page("failure.html", status=status, message=without_credentials(str(error)))

    # -- inside

    def _page(self, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        page = self._templates.get_template(template)
        shared = {"server": self._client.url, "write": self._write, "token": self._token.value, "kinds": KINDS}
        return HTMLResponse(page.render(status=status, **shared, **values), status_code=status)

    def _writable(self, request: Request) -> tuple[CatalogueEntry, UUID, str | None, dict[str, Any]]:
        if not self._write:
            raise RefusedFormError("This explorer only reads; weaviate-orm explore --write lets objects be changed.")
        entry, id, tenant = (
            self._reads.catalogue().entry(request.path_params["name"]),
            _path_id(request),
            _tenant(request),
        )
        return entry, id, tenant, self._reads.stored(entry, id, tenant)

    def _check(self, form: Mapping[str, str]) -> None:
        if not self._token.is_in(form):
            raise RefusedFormError(
                "This form is not of this explorer, or of one that was started before it: open it again."
            )

    def _form(
        self,
        entry: CatalogueEntry,
        tenant: str | None,
        body: dict[str, Any],
        fields: Sequence[Any],
        problem: str = "",
        *,
        version: str | None = None,
        status: int = 200,
    ) -> HTMLResponse:
        shown = show_object(entry, body)
        return self._page(
            "edit.html",
            status,
            entry=entry,
            tenant=tenant,
            shown=shown,
            fields=fields,
            problem=problem,
            version=shown.version if version is None else version,
        )


class RefusedFormError(Exception):
    """A form that is not taken, or a page that only an explorer with ``--write`` has."""

    status = 403


def _see(place: str) -> Response:
    return RedirectResponse(place, status_code=303)


def _tenant(request: Request) -> str | None:
    return request.query_params.get("tenant") or None


def _path_id(request: Request) -> UUID:
    return UUID(_id(request.path_params["id"]))


def _id(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise QueryError(f"{text!r} is no UUID") from None


def _cut(table: ObjectTable, size: int) -> tuple[ObjectTable, str | None]:
    """Return the first rows of a table, and the id of the last of them where there are more."""
    if len(table.ids) <= size:
        return table, None
    return _at(table, range(size)), table.ids[size - 1]


def _without(table: ObjectTable, id: str) -> ObjectTable:
    return _at(table, [place for place, other in enumerate(table.ids) if other != id][:NEIGHBOURS])


def _at(table: ObjectTable, places: Iterable[int]) -> ObjectTable:
    places = [*places]
    columns = {name: [column[place] for place in places] for name, column in table.columns.items()}
    return ObjectTable(table.entry, [table.ids[place] for place in places], columns)


def _label(row: Mapping[str, Any], entry: CatalogueEntry) -> str:
    text = row.get(entry.title.attribute) if entry.title else None
    return str(text or "")[:80]
