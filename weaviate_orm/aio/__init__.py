"""Sessions for asynchronous programs, on asyncio and trio: the same sessions, in threads.

Needs the ``aio`` extra.

::

    async with AsyncSession(client) as session:
        session.add(Article(title="Emma"))
        await session.commit()
        articles = await session.query(Article).near_text("novels").limit(5).all()
"""

try:
    from weaviate_orm.aio.async_session import AsyncSession
except ModuleNotFoundError as error:
    if error.name != "anyio":
        raise
    raise ModuleNotFoundError(
        'weaviate_orm.aio needs anyio: pip install "weaviate-mapper[aio]"', name=error.name
    ) from error
from weaviate_orm.aio.async_queryset import AsyncQuerySet

__all__ = ["AsyncQuerySet", "AsyncSession"]
