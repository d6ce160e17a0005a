"""What modules do for queries, on a server of their own whose services (inference_services.py) compute."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.query.inference_services import picture
from tests.query.module_models import Page, Photo, Poster, Scene, Take
from weaviate_orm import (
    Client,
    Move,
    QueryError,
    QuerySet,
    Session,
    UnknownNameError,
)
from weaviate_orm.testing import recorded_requests


@pytest.fixture
def session(modules: Client) -> Iterator[Session]:
    with Session(modules) as opened:
        yield opened


def nearest(query: QuerySet[Any]) -> str:
    found = query.limit(1).one()
    name: str = found.name
    return name


REDDISH = picture(200, 20, 10, pixels=3)


def test_pictures_are_searched_by_path_bytes_and_open_file(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "reddish.ppm"
    path.write_bytes(REDDISH)
    inputs: list[Any] = [REDDISH, path, str(path), io.BytesIO(REDDISH)]
    for given in inputs:
        assert nearest(Photo.query.near_image(given)) == "red"
    with path.open("rb") as opened:
        assert nearest(Photo.query.near_image(opened)) == "red"
    hits = Photo.query.near_image(REDDISH, certainty=0.9).hits()
    assert [hit.object.name for hit in hits] == ["red"]
    assert hits[0].distance is not None
    assert Photo.query.near_image(REDDISH, distance=hits[0].distance + 0.01).count() == 1


def test_media_of_every_kind(session: Session) -> None:
    searches: list[Callable[[bytes], QuerySet[Scene]]] = [
        Scene.query.near_image,
        Scene.query.near_audio,
        Scene.query.near_video,
        Scene.query.near_thermal,
        Scene.query.near_depth,
        Scene.query.near_imu,
    ]
    for search in searches:
        assert nearest(search(picture(10, 10, 250))) == "blue", search
        assert search(REDDISH).limit(2).aggregate(Scene.id.count()) == 2
    assert nearest(Scene.query.near_text("green")) == "green"


def test_media_within_bounds(session: Session) -> None:
    searches: list[Callable[..., QuerySet[Take]]] = [
        Take.query.near_image,
        Take.query.near_audio,
        Take.query.near_video,
        Take.query.near_thermal,
        Take.query.near_depth,
        Take.query.near_imu,
    ]
    for search in searches:
        bluish = picture(10, 10, 250)
        first, second = search(bluish, target=Take.sense).limit(2).hits()
        between = ((first.distance or 0) + (second.distance or 0)) / 2
        for bound in ({"distance": between}, {"certainty": 1 - between / 2}):
            query = search(bluish, target="sense", **bound)
            assert [take.name for take in query] == ["blue"], search
            assert query.count() == 1


def test_a_named_vector_of_pictures_and_texts(session: Session) -> None:
    assert nearest(Poster.query.near_image(REDDISH)) == "red"
    assert nearest(Poster.query.near_image(REDDISH, target=Poster.look)) == "red"
    assert nearest(Poster.query.near_text("blue", target="look")) == "blue"


def test_questions_are_answered(session: Session) -> None:
    hit = Page.query.ask("who purrs loudly?", properties=[Page.body]).limit(1).hits()[0]
    assert hit.object.title == "cats"
    assert hit.answer is not None
    assert hit.answer.text == "Kittens purr loudly."
    assert hit.answer.property == "text"
    assert (hit.answer.start, hit.answer.end) == (0, len("Kittens purr loudly."))
    assert hit.answer.certainty == pytest.approx(1 / 3)
    assert hit.distance is not None
    first = Page.query.ask("at the postman", rerank=True, properties=["body"]).hits()[0]
    assert first.object.title == "dogs"
    # the bound is the answer's: what is found is the same, with or without an answer that is sure enough
    unsure = Page.query.ask("who purrs loudly?", certainty=0.6, autocorrect=False, properties=["body"]).hits()
    sure = Page.query.ask("who purrs loudly?", certainty=0.1, autocorrect=False, properties=["body"]).hits()
    assert [each.answer for each in unsure] == [None, None, None]
    assert sure[0].answer is not None
    assert [each.id for each in unsure] == [each.id for each in sure]
    assert hit.answer.distance is not None
    for above, known in ((0.01, True), (-0.01, False)):
        bound = hit.answer.distance + above
        near = Page.query.ask("who purrs loudly?", distance=bound, properties=["body"], rerank=True).hits()
        assert any(each.answer is not None for each in near) is known
    with pytest.raises(QueryError, match="matches every object"):
        Page.query.ask("who purrs?", certainty=0.6).count()
    for limits in ({"certainty": 0.1}, {"distance": 0.9}):
        asked = Page.query.ask("who purs?", properties=[Page.body], rerank=True, autocorrect=True, **limits).limit(2)
        assert asked.count() == len(asked.all()) == 2
    assert Page.query.ask("who purrs?").limit(2).count() == 2


def test_reranking(session: Session) -> None:
    hits = Page.query.near_text("pets").rerank(Page.body, "lend money").hits()
    assert hits[0].object.title == "banks"
    assert hits[0].rerank_score == 1
    assert hits[-1].rerank_score == 0
    query = Page.query.near_text("pets").rerank("body", "lend money")
    assert query.first() is query[0] is hits[0].object
    assert query.limit(1).one().title == "dogs"  # a limit says which are reranked
    of_the_search = Page.query.bm25("postman").rerank("body").hits()
    assert [hit.rerank_score for hit in of_the_search] == [pytest.approx(1)]
    listed = Page.query.order_by("title").rerank("body", "bark").all()
    assert listed[0].title == "dogs"


def test_texts_are_generated_of_each_and_of_all(modules: Client, session: Session) -> None:
    query = Page.query.where(title="dogs").generate("Shorten: {body}", task="Sum up", properties=[Page.title])
    with recorded_requests(modules) as requests:
        hits = query.hits()
    assert len(requests) == 1
    assert "Shorten: Dogs bark at the postman." in (hits[0].generated or "")
    assert 'Sum up: [{"title":"dogs"}]' in (hits.generated or "")
    assert hits[0].generation_error is None
    only = Page.query.where(title="dogs").only("title").generate("Shorten: {body}", debug=True).hits()[0]
    assert "Dogs bark" in (only.generated or "")
    of_all = Page.query.where(title="dogs").generate(task="Sum up", debug=True).hits()
    assert "Dogs bark" in (of_all.generated or "")


def test_texts_are_generated_by_another_provider(session: Session, services: str) -> None:
    settings = {"apiEndpoint": services, "model": "counting", "temperature": 0.5}
    hits = (
        Page.query.where(shelf="pets")
        .order_by("title")
        .generate("purr purr {title}", task="milk milk", provider="ollama", settings=settings)
        .hits()
    )
    assert [hit.generated for hit in hits] == ["counting: purr cats", "counting: purr dogs"]
    assert (hits.generated or "").startswith("counting: ")
    wrong = Page.query.where(title="dogs").generate("x", provider="ollama", settings={"apiEndpoint": f"{services}/no"})
    assert wrong.hits()[0].generated is None
    assert wrong.hits()[0].generation_error


def test_a_provider_tells_of_its_work(modules: Client, services: str) -> None:
    # read by documents of the client's own alone: each provider tells something else
    document = """{Get{TestModulesPage(where: {path: "title" operator: Equal valueText: "cats"}) {_additional{
        generate(singleResult: {prompt: "purr {title}" openai: {baseURL: "%s" model: "counting"}}) {
            singleResult error openai{usage{prompt_tokens completion_tokens total_tokens}}}}}}}"""
    (row,) = modules.query.raw(document % services)["data"]["Get"]["TestModulesPage"]
    told = row["_additional"]["generate"]
    assert told["error"] is None
    assert told["singleResult"] == "counting: cats purr"
    assert told["openai"] == {"usage": {"prompt_tokens": 2, "completion_tokens": 3, "total_tokens": 5}}
    by_mapper = Page.query.where(title="cats").generate(
        "purr {title}", provider="openai", settings={"baseURL": services, "model": "counting"}
    )
    with Session(modules):
        assert by_mapper.hits()[0].generated == "counting: cats purr"


def test_groups_are_generated_of_too(session: Session) -> None:
    query = Page.query.near_text("animals").group_by(Page.shelf).generate("Of {title}", task="All")
    groups = query.groups()
    assert {group.value for group in groups} == {"pets", "money"}
    assert "Of " in (groups[0].generated or "")
    assert "All" in (groups.generated or "")


def test_summaries_entities_projections_and_spelling(session: Session) -> None:
    hit = Page.query.where(title="cats").summarize(Page.body).find_entities("body", limit=3).hits()[0]
    assert hit.summaries is not None
    assert hit.summaries["text"] in hit.object.body
    assert hit.entities is not None
    assert [(each.word, each.property) for each in hit.entities] == [("Ada", "text")]
    assert hit.object.body[hit.entities[0].start : hit.entities[0].end] == "Ada"
    projected = Page.query.project(2, iterations=50, learning_rate=10, perplexity=2, algorithm="tsne").hits()
    assert {len(each.projection or ()) for each in projected} == {2}
    corrected = Page.query.near_text("yelow", autocorrect=True).with_metadata("spell_check").limit(1).hits()[0]
    assert corrected.spell_check is not None
    assert corrected.spell_check[0].corrected == "yellow"
    assert corrected.spell_check[0].location == "nearText.concepts[0]"
    assert Page.query.near_text("yelow", autocorrect=True).limit(1).count() == 1


def test_hybrid_searches_that_are_moved(session: Session) -> None:
    plain = Page.query.hybrid("pets", alpha=1).limit(1).one()
    assert plain.shelf == "pets"
    moved = Page.query.hybrid("pets", alpha=1, move_to=Move("banks money finance", force=1))
    assert moved.limit(1).one().title == "banks"
    away = Page.query.hybrid("pets", alpha=1, concepts="money", move_away_from=Move("pets", force=0.2))
    assert away.limit(1).one().title == "banks"


def test_plain_values_of_what_modules_say(session: Session) -> None:
    rows = Page.query.near_text("pets").rerank("body", "lend money").values("title", "rerank_score", "distance")
    assert rows[0]["title"] == "banks"
    assert rows[0]["rerank_score"] == 1


REFUSED: list[tuple[Callable[[], object], type[Exception], str]] = [
    (lambda: Page.query.generate(), QueryError, "needs a prompt"),
    (lambda: Page.query.generate("{titel}"), UnknownNameError, "did you mean 'title'"),
    (lambda: Page.query.generate("x", properties=["title"]), QueryError, "those a task reads"),
    (lambda: Page.query.generate("x", settings={"model": "y"}), QueryError, "name it, as provider="),
    (lambda: Page.query.rerank("titel"), UnknownNameError, "did you mean 'title'"),
    (lambda: Page.query.near_vector([1.0, 0]).rerank("body"), QueryError, "rerank needs a query here"),
    (lambda: Page.query.rerank("body").graphql(), QueryError, "rerank needs a query"),
    (lambda: Page.query.summarize(), QueryError, "needs the properties"),
    (lambda: Page.query.find_entities(), QueryError, "needs the properties"),
    (lambda: Poster.query.project(2), QueryError, "the unnamed vector only"),
    (lambda: Page.query.near_image("/no/such/file"), QueryError, "there is no file"),
    (lambda: Page.query.near_image(3), QueryError, "needs a path, bytes or an open"),  # type: ignore[arg-type]
    (lambda: Page.query.with_metadata("scor"), UnknownNameError, "metadata 'scor'"),  # type: ignore[arg-type]
    (lambda: Page.query.generate("x").iterator(), QueryError, "made of one answer"),
    (lambda: Page.query.values("rerank_score"), QueryError, r"comes from rerank\(\)"),
]


@pytest.mark.parametrize(("mistake", "kind", "message"), REFUSED)
def test_mistakes_are_refused(mistake: Callable[[], object], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        mistake()
