"""Sessions, errors and pages in FastAPI applications.

Needs the ``fastapi`` extra.

::

    app = FastAPI(lifespan=weaviate_lifespan("http://localhost:8080"), responses=ERROR_RESPONSES)
    add_exception_handlers(app)

    @app.get("/articles/{id}", response_model=ArticleOut)
    async def read_article(id: UUID, session: AsyncSessionDep) -> Article:
        return await loading(session.query(Article), ArticleOut).get(id)  # 404 where it is none

    @app.get("/articles")
    async def search(text: str, session: AsyncSessionDep, page: PageDep) -> LimitOffsetPage[ArticleOut]:
        return await page.read(session.query(Article).near_text(text), ArticleOut)
"""

try:
    from weaviate_orm.contrib.fastapi.client_lifespan import weaviate_lifespan
except ModuleNotFoundError as error:
    if error.name not in ("anyio", "fastapi", "pydantic", "starlette"):
        raise
    raise ModuleNotFoundError(
        'weaviate_orm.contrib.fastapi needs fastapi: pip install "weaviate-mapper[fastapi]"', name=error.name
    ) from error
from weaviate_orm.contrib.fastapi.error_responses import ERROR_RESPONSES, ErrorBody, add_exception_handlers
from weaviate_orm.contrib.fastapi.pages import LimitOffsetPage, PageDep, PageParams, page_dependency
from weaviate_orm.contrib.fastapi.session_dependencies import (
    AsyncSessionDep,
    SessionDep,
    async_session_dependency,
    get_async_session,
    get_session,
    session_dependency,
)

__all__ = [
    "ERROR_RESPONSES",
    "AsyncSessionDep",
    "ErrorBody",
    "LimitOffsetPage",
    "PageDep",
    "PageParams",
    "SessionDep",
    "add_exception_handlers",
    "async_session_dependency",
    "get_async_session",
    "get_session",
    "page_dependency",
    "session_dependency",
    "weaviate_lifespan",
]
