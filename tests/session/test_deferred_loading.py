"""What queries leave out: deferred properties, and the refusal to load later."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import pytest

from tests.empty_collections import empty_collections
from weaviate_orm import (
    Client,
    DetachedError,
    Field,
    MappingError,
    Model,
    NotLoadedError,
    QueryError,
    Ref,
    Session,
    UnknownNameError,
    field,
    ref,
)
from weaviate_orm.testing import recorded_requests


class Scan(Model):
    """A page with its picture, which is large."""

    label: Field[str] = field(tokenization="field")
    picture: Field[str] = field(deferred=True, default="")
    notes: Field[list[str]] = field(deferred=True, factory=list)
    binder: Ref[Binder | None] = ref(inverse="scans", default=None)
    source: Ref[Binder | None] = ref(default=None)

    class Meta:
        name = "TestLoadingScan"


class Binder(Model):
    title: Field[str]
    cover: Field[str] = field(deferred=True, default="")
    scans: Ref[list[Scan]] = ref(inverse="binder", factory=list)

    class Meta:
        name = "TestLoadingBinder"


@pytest.fixture(scope="module")
def filled(client: Client) -> Iterator[None]:
    models: list[type[Model]] = [Scan, Binder]
    with empty_collections(client, models):
        with Session(client) as session:
            binder = Binder(title="one", cover="red")
            session.add_all(
                Scan(label=f"{number}", picture=f"picture {number}", notes=["a"], binder=binder, vector=[1.0, number])
                for number in range(5)
            )
            session.commit()
        yield


@pytest.fixture
def session(client: Client, filled: None) -> Iterator[Session]:
    with Session(client) as opened:
        yield opened


# -- deferred properties


def test_a_deferred_property_loads_for_all_objects_that_it_came_with(client: Client, session: Session) -> None:
    assert "picture" not in session.query(Scan).graphql()
    scans = session.query(Scan).order_by("label").all()
    with recorded_requests(client) as requests:
        assert [scan.picture for scan in scans] == [f"picture {number}" for number in range(5)]
        assert len(requests) == 1
        assert scans[0].notes == ["a"]
        assert scans[4].notes == ["a"]
        assert len(requests) == 2
    assert session.dirty == ()


def test_a_vector_loads_for_all_objects_that_it_came_with(client: Client, session: Session) -> None:
    scans = session.query(Scan).order_by("label").all()
    with recorded_requests(client) as requests:
        assert [list(scan.vector or ()) for scan in scans] == [[1.0, number] for number in range(5)]  # type: ignore[arg-type]
    assert len(requests) == 1


def test_it_is_written_only_when_it_was_assigned(client: Client, session: Session) -> None:
    scan = session.query(Scan).where(label="0").one()
    scan.label = "zero"
    session.commit()
    scan.label = "0"
    scan.notes = ["b"]  # not loaded, and assigned
    session.commit()
    with Session(client) as other:
        again = other.get(Scan, scan.id)
        assert again is not None
        assert (again.label, again.picture, again.notes) == ("0", "picture 0", ["b"])
        again.notes = ["a"]
        other.commit()


def test_queries_name_what_is_deferred(client: Client, session: Session) -> None:
    with recorded_requests(client) as requests:
        (scan,) = session.query(Scan).undefer("picture", Scan.notes).where(label="1")
        assert (scan.label, scan.picture, scan.notes) == ("1", "picture 1", ["a"])
        (only,) = session.query(Scan).only("picture").where(label="2")
        assert only.picture == "picture 2"
        assert len(requests) == 2
    assert set(session.query(Scan).values()[0]) == {"id", "label"}
    assert session.query(Scan).order_by("label").values_list("picture", flat=True)[0] == "picture 0"


def test_a_query_defers_what_the_model_does_not(client: Client, session: Session) -> None:
    assert "label" not in session.query(Scan).defer(Scan.label).graphql()
    scans = session.query(Scan).defer("label").undefer("picture").all()
    with recorded_requests(client) as requests:
        assert {scan.picture for scan in scans} == {f"picture {number}" for number in range(5)}
        assert requests == []
        assert {scan.label for scan in scans} == {f"{number}" for number in range(5)}
    assert len(requests) == 1
    assert session.query(Scan).defer("label").undefer("label").graphql() == session.query(Scan).graphql()


def test_an_object_is_loaded_whole() -> None:
    @attrs.define
    class Inside:
        text: str = field(deferred=True)

    class Outside(Model):
        inside: Field[Inside]

    with pytest.raises(MappingError, match=r"Inside\.text: an object is loaded whole"):
        _ = Outside.__mapper__.properties


def test_it_loads_after_expiry(session: Session) -> None:
    scan = session.query(Scan).where(label="3").one()
    session.expire(scan)
    assert (scan.picture, scan.label) == ("picture 3", "3")
    session.expire(scan)
    assert (scan.label, scan.picture) == ("3", "picture 3")


def test_included_objects_defer_too(client: Client, session: Session) -> None:
    scans = session.query(Scan).include("binder").all()
    with recorded_requests(client) as requests:
        assert {scan.binder.cover for scan in scans if scan.binder} == {"red"}
    assert len(requests) == 1


# -- raiseload


def test_what_is_not_loaded_is_refused(client: Client, session: Session) -> None:
    scan = session.query(Scan).raiseload().where(label="1").one()
    with recorded_requests(client) as requests:
        for name in ("picture", "notes", "binder", "source", "vector"):
            with pytest.raises(NotLoadedError, match=rf"Scan .*: {name} is not loaded, .* raiseload\(\)") as caught:
                getattr(scan, name)
            assert (caught.value.instance, caught.value.field) == (scan, name)
            assert not isinstance(caught.value, DetachedError)
        assert scan.label == "1"
    assert requests == []


def test_what_the_query_loads_is_not(session: Session) -> None:
    query = session.query(Scan).raiseload().include("binder").undefer("picture").with_vector()
    scan = query.where(label="1").one()
    assert scan.binder is not None
    assert (scan.binder.title, scan.picture, list(scan.vector or ())) == ("one", "picture 1", [1.0, 1.0])  # type: ignore[arg-type]
    with pytest.raises(NotLoadedError, match="scans"):
        _ = scan.binder.scans  # of what is included as well
    with pytest.raises(NotLoadedError, match="cover"):
        _ = scan.binder.cover


def test_only_what_is_named_is_refused(session: Session) -> None:
    scan = session.query(Scan).raiseload(Scan.binder, "vector").include("source").where(label="1").one()
    assert scan.picture == "picture 1"
    for name in ("binder", "vector"):
        with pytest.raises(NotLoadedError):
            getattr(scan, name)
    with pytest.raises(UnknownNameError, match="'binder'"):
        session.query(Scan).raiseload("bindr")
    with pytest.raises(QueryError, match="of another class"):
        session.query(Scan).raiseload(Scan.binder.scans)


def test_what_has_to_be_known_loads_all_the_same(client: Client, session: Session) -> None:
    """A reference with an inverse is replaced: the object that it led to has to lose this one."""
    scan = session.query(Scan).raiseload().where(label="4").one()
    binder = session.query(Binder).one()
    scan.binder = None
    session.commit()
    session.expire(binder)
    assert "4" not in {each.label for each in binder.scans}
    scan.binder = binder
    session.commit()
    with Session(client) as other:
        assert {each.label for each in other.query(Binder).one().scans} == {f"{number}" for number in range(5)}


def test_what_was_expired_loads_again(session: Session) -> None:
    scan = session.query(Scan).raiseload().where(label="1").one()
    session.expire(scan)
    assert scan.label == "1"
    with pytest.raises(NotLoadedError):
        _ = scan.binder
