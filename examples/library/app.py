"""The pages of the library."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates
from pydantic import Field, ValidationError, field_validator

from library.models import Book, Writer
from library.shelf import new_books
from weaviate_orm import AuthApiKey, NotFoundError, StaleObjectError
from weaviate_orm.aio import AsyncQuerySet, AsyncSession
from weaviate_orm.contrib.fastapi import AsyncSessionDep, PageDep, add_exception_handlers, weaviate_lifespan
from weaviate_orm.contrib.pydantic import ModelSchema, ReferenceId, apply

FOLDER = Path(__file__).parent
URL = os.environ.get("WEAVIATE_URL", "embedded://./library-data")
KEY = os.environ.get("WEAVIATE_API_KEY")

templates = Jinja2Templates(FOLDER / "templates")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open the client, and fill an empty library."""
    options: dict[str, Any] = {"auth_client_secret": AuthApiKey(KEY)} if KEY else {}
    async with weaviate_lifespan(URL, models=[Writer, Book], **options)(app):
        async with AsyncSession(app.state.weaviate_client) as session:
            if not await session.query(Book).exists():
                session.add_all(new_books())
                await session.commit()
        yield


app = FastAPI(lifespan=lifespan, title="Library")
app.mount("/static", StaticFiles(directory=FOLDER / "static"), name="static")
add_exception_handlers(app)


@app.exception_handler(NotFoundError)
async def not_found(request: Request, error: NotFoundError) -> Response:
    """Answer by a page, where an API would by JSON."""
    return templates.TemplateResponse(request, "missing.html", status_code=404)


@app.get("/")
async def search(
    request: Request,
    session: AsyncSessionDep,
    page: PageDep,
    text: str = "",
    subject: str = "",
    century: int | None = None,
) -> Response:
    """Search the books, or list them by title, within the facets that are chosen."""
    chosen = {"text": text, "subject": subject, "century": century, "limit": page.limit}

    def link(changes: dict[str, Any]) -> str:
        query = {name: value for name, value in {**chosen, **changes}.items() if value}
        return str(request.url_for("search").include_query_params(**query))

    books = narrowed(session.query(Book), subject, century).include(Book.writer)
    context = {
        "page": await page.read(books.near_text(text) if text else books.order_by(Book.title)),
        "subjects": await narrowed(session.query(Book), "", century).aggregate_by(Book.subjects, limit=20),
        "centuries": await centuries(session, subject),
        "chosen": chosen,
        "link": link,
    }
    return templates.TemplateResponse(request, "search.html", context)


def narrowed(query: AsyncQuerySet[Book], subject: str, century: int | None) -> AsyncQuerySet[Book]:
    """Return the query for the books of a subject and a century, where they are chosen."""
    if subject:
        query = query.where(Book.subjects.contains_any([subject]))
    if century is not None:
        query = query.where(Book.year >= 100 * (century - 1), Book.year < 100 * century)
    return query


async def centuries(session: AsyncSession, subject: str) -> dict[int, int]:
    """Return how many books of a subject each century has."""
    years = await narrowed(session.query(Book), subject, None).aggregate_by(Book.year, limit=1000)
    counts: dict[int, int] = {}
    for year in years:
        century = int(year.value) // 100 + 1
        counts[century] = counts.get(century, 0) + year.count
    return dict(sorted(counts.items()))


@app.get("/books/{id}")
async def show_book(request: Request, id: UUID, session: AsyncSessionDep) -> Response:
    """Show a book, and those that are like it."""
    book = await session.query(Book).include(Book.writer).get(id)
    similar = await session.query(Book).near_object(id).where(Book.id != id).include(Book.writer).limit(4).all()
    return templates.TemplateResponse(request, "book.html", {"book": book, "similar": similar})


@app.get("/writers/{id}")
async def show_writer(request: Request, id: UUID, session: AsyncSessionDep) -> Response:
    """Show a writer, and the books."""
    writer = await session.query(Writer).include(Writer.books).get(id)
    return templates.TemplateResponse(request, "writer.html", {"writer": writer})


class BookForm(ModelSchema[Book], include={"title", "year", "summary", "subjects", "version"}):
    """What the form sends."""

    title: str = Field(min_length=1)
    writer: ReferenceId | None

    @field_validator("subjects", mode="before")
    @classmethod
    def split(cls, text: object) -> object:
        """Take subjects as they are typed: ``love, society``."""
        return [part.strip() for part in text.split(",") if part.strip()] if isinstance(text, str) else text

    @field_validator("writer", mode="before")
    @classmethod
    def choose(cls, chosen: object) -> object:
        """Take the empty choice for none."""
        return chosen or None


@app.get("/books/{id}/edit")
async def edit_book(request: Request, id: UUID, session: AsyncSessionDep) -> Response:
    """Show the form of a book."""
    book = await session.query(Book).include(Book.writer).get(id)
    values = {
        "title": book.title,
        "year": book.year,
        "summary": book.summary,
        "subjects": ", ".join(book.subjects),
        "writer": str(book.writer.id) if book.writer is not None else "",
        "version": book.version,
    }
    return await form_of(request, session, book, values, {})


@app.post("/books/{id}/edit")
async def save_book(request: Request, id: UUID, session: AsyncSessionDep) -> Response:
    """Change a book by its form; show the form again where something is wrong with it."""
    book = await session.query(Book).include(Book.writer).get(id)
    values = dict(await request.form())
    try:
        data = BookForm.model_validate(values)
        await session.run(lambda: apply(data, book))
        await session.commit()
    except ValidationError as error:
        problems = {str(problem["loc"][0]): problem["msg"] for problem in error.errors()}
        return await form_of(request, session, book, values, problems, status_code=422)
    except StaleObjectError:
        problems = {"": "Somebody else has changed this book meanwhile. Open it again to see how."}
        return await form_of(request, session, book, values, problems, status_code=409)
    return RedirectResponse(request.url_for("show_book", id=str(id)), status_code=303)


async def form_of(
    request: Request,
    session: AsyncSession,
    book: Book,
    values: dict[str, Any],
    problems: dict[str, str],
    status_code: int = 200,
) -> Response:
    """Render the form with values and what is wrong with them."""
    with session.no_autoflush:
        writers = await session.query(Writer).order_by(Writer.name).all()
    context = {"book": book, "values": values, "problems": problems, "writers": writers}
    return templates.TemplateResponse(request, "edit.html", context, status_code=status_code)
