"""Views, sync and async."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect, render

from tests.contrib.django.site.library.documents import Note, Novel, Writer
from weaviate_orm.contrib.django import (
    DetailView,
    ListView,
    SearchPaginator,
    aget_object_or_404,
    aget_session,
    get_object_or_404,
    get_session,
    modelform_factory,
)


def tenant_of(request: HttpRequest) -> str | None:
    """Return the tenant that a header names."""
    return request.headers.get("X-Tenant")


def home(request: HttpRequest) -> HttpResponse:
    """Respond without Weaviate."""
    return HttpResponse("home")


class NovelList(ListView):
    """Novels, in the order of their titles."""

    queryset = Novel.query.include(Novel.writer)
    ordering = "title"
    paginate_by = 3


class NovelSearch(ListView):
    """Novels about something."""

    model = Novel
    paginate_by = 3
    paginator_class = SearchPaginator
    template_name = "library/novel_search.html"

    def get_queryset(self) -> Any:
        """Return the search."""
        return super().get_queryset().near_text(self.request.GET["q"])


class NovelDetail(DetailView):
    """A novel."""

    model = Novel


NovelForm = modelform_factory(Novel, fields=["title", "pages", "words", "writer"])


def edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Change a novel."""
    form = NovelForm(request.POST or None, instance=get_object_or_404(Novel.query.include(Novel.writer), pk))
    if request.method == "POST" and form.is_valid():
        return redirect(f"/novels/{form.save().id}/")
    return render(request, "library/novel_form.html", {"form": form})


def stream(request: HttpRequest) -> StreamingHttpResponse:
    """Stream the titles, with the names of their writers, which load later."""

    def lines() -> Iterator[str]:
        for novel in Novel.query.order_by("title").limit(50):
            yield f"{novel.title} by {novel.writer.name if novel.writer else None}\n"

    return StreamingHttpResponse(lines())


async def astream(request: HttpRequest) -> StreamingHttpResponse:
    """Stream the titles, in async code."""
    session = await aget_session()

    async def lines() -> AsyncIterator[str]:
        async for novel in session.query(Novel).order_by("title").limit(50):
            yield f"{novel.title}\n"

    return StreamingHttpResponse(lines())


async def afirst(request: HttpRequest) -> HttpResponse:
    """Respond with the first novel."""
    novel = await (await aget_session()).query(Novel).order_by("title").first()
    return HttpResponse(novel.title if novel else "")


async def blocking(request: HttpRequest) -> HttpResponse:
    """Block the event loop, were that allowed."""
    return HttpResponse(str(Novel.query.count()))


def forgotten(request: HttpRequest) -> HttpResponse:
    """Add a writer, and forget to commit."""
    get_session().add(Writer(name="nobody"))
    return HttpResponse("forgotten")


def notes(request: HttpRequest) -> HttpResponse:
    """Store a note of the tenant, or list its notes."""
    if request.method == "POST":
        session = get_session()
        stored = Note(text=request.POST["text"])
        session.add(stored)
        session.commit()
        return JsonResponse({"id": str(stored.id)})
    return JsonResponse({"texts": [note.text for note in Note.query]})


def note(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Respond with a note of the tenant."""
    return JsonResponse({"text": get_object_or_404(Note, pk).text})


async def anotes(request: HttpRequest) -> HttpResponse:
    """Store a note of the tenant, or list its notes, in async code."""
    session = await aget_session()
    if request.method == "POST":
        stored = Note(text=request.POST["text"])
        session.add(stored)
        await session.commit()
        return JsonResponse({"id": str(stored.id)})
    return JsonResponse({"texts": [note.text async for note in session.query(Note)]})


async def anote(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Respond with a note of the tenant, in async code."""
    return JsonResponse({"text": (await aget_object_or_404(Note, pk)).text})
