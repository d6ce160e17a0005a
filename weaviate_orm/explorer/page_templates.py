"""The templates of the pages, and the addresses that stand in them."""

from __future__ import annotations

from importlib import resources
from typing import Any, Final
from urllib.parse import quote, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined

from weaviate_orm.explorer.object_view import value_text
from weaviate_orm.explorer.schema_drawing import BOX_WIDTH, HEAD, ROW
from weaviate_orm.explorer.vector_map import SIZE
from weaviate_orm.shown_values import cell

_PACKAGE: Final = __name__.rpartition(".")[0]


def address(*segments: object, **parameters: object) -> str:
    """Return the address of a page: segments of its path, and parameters, of which empty ones are left out.

    >>> address("collections", "Article", tenant="a/b", after=None)
    '/collections/Article?tenant=a%2Fb'
    """
    path = "/" + "/".join(quote(str(segment), safe="") for segment in segments)
    query = urlencode({name: value for name, value in parameters.items() if value not in (None, "")})
    return f"{path}?{query}" if query else path


def collection_address(name: str, *rest: object, **parameters: object) -> str:
    """Return the address of a page of a collection."""
    return address("collections", name, *rest, **parameters)


def _short(value: Any) -> str:
    return cell(value_text(value))


def _number(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


def page_templates() -> Environment:
    """Return the templates. Whatever stands in them is escaped."""
    environment = Environment(
        loader=PackageLoader(_PACKAGE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(short=_short, number=_number)
    environment.globals.update(
        address=address,
        collection_address=collection_address,
        box_width=BOX_WIDTH,
        box_head=HEAD,
        box_row=ROW,
        map_size=SIZE,
    )
    return environment


def stylesheet() -> bytes:
    """Return the stylesheet."""
    return resources.files(_PACKAGE).joinpath("static").joinpath("explorer.css").read_bytes()
