"""A real application: notes of several organizations, a tenant each. Some endpoints are asynchronous, some are not."""

from __future__ import annotations

import os
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, FastAPI, Header, HTTPException, Response

from weaviate_orm import AuthApiKey, Field, Model, Session, field
from weaviate_orm.aio import AsyncSession
from weaviate_orm.contrib.fastapi import (
    ERROR_RESPONSES,
    LimitOffsetPage,
    PageDep,
    add_exception_handlers,
    async_session_dependency,
    session_dependency,
    weaviate_lifespan,
)
from weaviate_orm.contrib.pydantic import ModelSchema, apply, build, loading
from weaviate_orm.schema import MultiTenancySpec


class Note(Model):
    """A note of an organization."""

    text: Field[str] = field(tokenization="field", description="What is noted")
    organization: Field[str] = field(tokenization="field")
    stars: Field[int] = field(default=0)

    class Meta:
        name = "ContribNote"
        multi_tenancy = MultiTenancySpec(auto_tenant_creation=True)


class NoteOut(ModelSchema[Note]): ...


class NoteIn(ModelSchema[Note], include={"text", "stars"}): ...


class NotePatch(ModelSchema[Note], include={"text", "stars"}, partial=True): ...


_key = os.environ.get("WEAVIATE_API_KEY")
app = FastAPI(
    lifespan=weaviate_lifespan(
        os.environ.get("WEAVIATE_URL", "http://127.0.0.1:9"),
        models=[Note],
        auth_client_secret=AuthApiKey(_key) if _key else None,
    ),
    responses=ERROR_RESPONSES,
)
add_exception_handlers(app)


def organization(x_organization: Annotated[str, Header()]) -> str:
    """The tenant of a request."""
    return x_organization


OrganizationDep = Annotated[str, Depends(organization)]
SyncDep = Annotated[Session, Depends(session_dependency(tenant=organization))]
AsyncDep = Annotated[AsyncSession, Depends(async_session_dependency(tenant=organization))]


def has_nothing_pending(session: Session | AsyncSession, response: Response) -> None:
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("something is pending")
    response.headers["X-Process"] = str(os.getpid())


@app.get("/process")
def process() -> int:
    return os.getpid()


# -- endpoints in threads


@app.post("/sync/notes", response_model=NoteOut, status_code=201)
def create_in_thread(data: NoteIn, owner: OrganizationDep, session: SyncDep, response: Response) -> Any:
    note = build(data, organization=owner)
    session.add(note)
    stored = Note.query.where(text=note.text).all()  # through the session of this request, which flushes
    if stored != [note]:
        raise RuntimeError("Model.query has another session")
    session.commit()
    has_nothing_pending(session, response)
    return note


@app.get("/sync/notes/{id}", response_model=NoteOut)
def read_in_thread(id: UUID, session: SyncDep) -> Any:
    return Note.query.get(id)


@app.patch("/sync/notes/{id}", response_model=NoteOut)
def change_in_thread(id: UUID, patch: NotePatch, session: SyncDep, response: Response) -> Any:
    note = Note.query.get(id)
    if note not in session:
        raise RuntimeError("Model.query has another session")
    apply(patch, note)
    session.commit()
    has_nothing_pending(session, response)
    return note


@app.delete("/sync/notes/{id}", status_code=204, response_model=None)
def delete_in_thread(id: UUID, session: SyncDep) -> None:
    session.delete(Note.query.get(id))
    session.commit()


@app.get("/sync/notes")
def list_in_thread(session: SyncDep, page: PageDep) -> LimitOffsetPage[NoteOut]:
    return page.read(Note.query.order_by("text"), NoteOut)


# -- endpoints in the event loop


@app.post("/notes", response_model=NoteOut, status_code=201)
async def create(data: NoteIn, owner: OrganizationDep, session: AsyncDep, response: Response) -> Any:
    note = build(data, organization=owner)
    session.add(note)
    if await session.query(Note).where(text=note.text).all() != [note]:
        raise RuntimeError("the query has another session")
    await session.commit()
    has_nothing_pending(session, response)
    return note


@app.get("/notes/{id}", response_model=NoteOut)
async def read(id: UUID, session: AsyncDep) -> Any:
    note = await session.get(Note, id)
    if note is None:
        raise HTTPException(404)
    return note


@app.patch("/notes/{id}", response_model=NoteOut)
async def change(id: UUID, patch: NotePatch, session: AsyncDep, response: Response) -> Any:
    note = await loading(session.query(Note), NoteOut).get(id)
    apply(patch, note)
    await session.commit()
    has_nothing_pending(session, response)
    return note


@app.delete("/notes/{id}", status_code=204, response_model=None)
async def delete(id: UUID, session: AsyncDep) -> None:
    session.delete(await session.query(Note).get(id))
    await session.commit()


@app.get("/notes")
async def list_notes(session: AsyncDep, page: PageDep) -> LimitOffsetPage[NoteOut]:
    return await page.read(session.query(Note).order_by("text"), NoteOut)
