"""Dependencies that give an endpoint a session."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any

from fastapi import Depends
from fastapi.requests import HTTPConnection

from weaviate_orm.aio.async_session import AsyncSession
from weaviate_orm.contrib.fastapi.client_lifespan import client_of
from weaviate_orm.session.session import Session
from weaviate_orm.types import Tenant


async def _no_tenant() -> None:
    """Return no tenant."""


def _checked(tenant: Any) -> Any:
    """Return a tenant. Raises ValidationError, so that a name which is none is the mistake of the request."""
    return Tenant(tenant).name if isinstance(tenant, str) else tenant


def session_dependency(
    *, tenant: Callable[..., Any] | None = None, **options: Any
) -> Callable[..., AsyncIterator[Session]]:
    """Return a dependency that opens a session for a request, and closes it at its end.

    ::

        def tenant_of(user: UserDep) -> str:
            return user.organization

        TenantSessionDep = Annotated[Session, Depends(session_dependency(tenant=tenant_of))]

    For endpoints that are ``def`` functions, which run in threads. ``Model.query`` reads through the session there, and
    in dependencies that come after it. What is not committed is forgotten.

    Args:
        tenant: a dependency that returns the tenant of the request.
        options: as :class:`~weaviate_orm.Session` takes them.
    """
    tenant_depends: Any = Depends(tenant or _no_tenant)

    # asynchronous, so that it runs in the context of the request, of which the threads of endpoints have copies
    async def get_session(connection: HTTPConnection, tenant: Any = tenant_depends) -> AsyncIterator[Session]:
        with Session(client_of(connection), tenant=_checked(tenant), **options) as session:
            yield session

    return get_session


def async_session_dependency(
    *, tenant: Callable[..., Any] | None = None, **options: Any
) -> Callable[..., AsyncIterator[AsyncSession]]:
    """Return a dependency that opens an asynchronous session for a request, and closes it at its end.

    For endpoints that are ``async def`` functions. What is not committed is forgotten.

    Args:
        tenant: a dependency that returns the tenant of the request.
        options: as :class:`~weaviate_orm.aio.AsyncSession` takes them.
    """
    tenant_depends: Any = Depends(tenant or _no_tenant)

    async def get_async_session(
        connection: HTTPConnection, tenant: Any = tenant_depends
    ) -> AsyncIterator[AsyncSession]:
        async with AsyncSession(client_of(connection), tenant=_checked(tenant), **options) as session:
            yield session

    return get_async_session


get_session = session_dependency()
"""The dependency of :data:`SessionDep`, for ``app.dependency_overrides``."""

get_async_session = async_session_dependency()
"""The dependency of :data:`AsyncSessionDep`, for ``app.dependency_overrides``."""

SessionDep = Annotated[Session, Depends(get_session)]
"""The session of an endpoint that is a ``def`` function: ``session: SessionDep``."""

AsyncSessionDep = Annotated[AsyncSession, Depends(get_async_session)]
"""The session of an endpoint that is an ``async def`` function: ``session: AsyncSessionDep``."""
