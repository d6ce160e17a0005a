"""Sessions that users' own dependencies yield, in FastAPI: never another tenant's, and never none in silence."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any

import pytest
import requests
from fastapi import Depends, FastAPI

from tests.contrib.uvicorn_servers import served
from tests.empty_collections import empty_collections
from weaviate_orm import Client, Field, Model, Session, Tenant, WeaviateORMError, configure, field
from weaviate_orm.schema import MultiTenancySpec

TENANTS = 8


class Parcel(Model):
    owner: Field[str] = field(tokenization="field")

    class Meta:
        name = "DependencyParcel"
        multi_tenancy = MultiTenancySpec(enabled=True)


def sync(tenant: str) -> Iterator[Session]:
    with Session(tenant=tenant) as session:
        yield session


async def asynchronous(tenant: str) -> AsyncIterator[Session]:
    with Session(tenant=tenant) as session:
        yield session


Sync = Annotated[Session, Depends(sync)]
Asynchronous = Annotated[Session, Depends(asynchronous)]

app = FastAPI()


def owners() -> list[str]:
    try:
        return [parcel.owner for parcel in Parcel.query]
    except WeaviateORMError:
        return ["raised"]


def both(session: Session) -> list[list[str]]:
    return [owners(), [parcel.owner for parcel in session.query(Parcel)]]


@app.get("/sync/sync/{tenant}")
def sync_sync(session: Sync) -> Any:
    return both(session)


@app.get("/sync/async/{tenant}")
async def sync_async(session: Sync) -> Any:
    return await asyncio.to_thread(both, session)


@app.get("/async/sync/{tenant}")
def async_sync(session: Asynchronous) -> Any:
    return both(session)


@app.get("/async/async/{tenant}")
async def async_async(session: Asynchronous) -> Any:
    return both(session)


@app.get("/none/block/{tenant}")
def block(tenant: str) -> Any:
    with Session(tenant=tenant) as session:
        return both(session)


PATHS = {
    "sync/sync": "raised",
    "sync/async": "raised",
    "async/sync": "found",
    "async/async": "found",
    "none/block": "found",
}


@pytest.fixture
def url(client: Client) -> Iterator[str]:
    configure(client)
    with empty_collections(client, [Parcel]):
        client.tenants.create("DependencyParcel", [Tenant(f"t{number}") for number in range(TENANTS)])
        for number in range(TENANTS):
            with Session(client, tenant=f"t{number}") as session:
                session.add(Parcel(owner=f"t{number}"))
                session.commit()
        with served(app) as url:
            yield url
    configure(None)


def test_requests_of_many_tenants_at_once(url: str) -> None:
    def ask(number: int) -> tuple[str, str, Any]:
        path = list(PATHS)[number % len(PATHS)]
        tenant = f"t{number % TENANTS}"
        return path, tenant, requests.get(f"{url}/{path}/{tenant}", timeout=300).json()

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(ask, range(400)))
    for path, tenant, (around, own) in answers:
        assert own == [tenant]
        assert around == ([tenant] if PATHS[path] == "found" else [PATHS[path]]), path
