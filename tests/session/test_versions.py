"""Updates that somebody else made since are not overwritten unseen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.empty_collections import empty_collections
from weaviate_orm import (
    Client,
    Field,
    MappingError,
    Model,
    Ref,
    Session,
    StaleObjectError,
    UnknownNameError,
    ValidationError,
    field,
    ref,
)
from weaviate_orm.testing import recorded_requests


class Page(Model):
    title: Field[str] = field(tokenization="field")
    text: Field[str] = field(default="")
    revision: Field[int | None] = field(default=None)
    links: Ref[list[Page]] = ref(factory=list)

    class Meta:
        name = "TestVersionsPage"
        version = "revision"


@pytest.fixture
def session(client: Client) -> Iterator[Session]:
    with empty_collections(client, [Page]), Session(client) as opened:
        yield opened


def change(client: Client, **values: str) -> None:
    with Session(client) as other:
        page = other.query(Page).where(title="A").one()
        for name, value in values.items():
            setattr(page, name, value)
        other.commit()


def test_versions_count_what_is_written(client: Client, session: Session) -> None:
    page, target = Page(title="A"), Page(title="B")
    session.add_all([page, target])
    session.commit()
    assert page.revision == 1
    page.text = "changed"
    session.commit()
    session.commit()
    assert page.revision == 2
    page.links.append(target)  # additions overwrite nothing
    session.commit()
    assert page.revision == 2
    page.links = []
    session.commit()
    assert page.revision == 3
    assert session.dirty == ()
    session.expire_all()
    assert page.revision == 3


def test_a_commit_over_a_newer_object_says_both_and_sends_nothing(client: Client, session: Session) -> None:
    page, other = Page(title="A", text="old"), Page(title="B")
    session.add_all([page, other])
    session.commit()
    change(client, text="theirs")
    page.text = "mine"
    other.text = "not in conflict"
    with recorded_requests(client) as requests, pytest.raises(StaleObjectError, match="was changed, and is now") as hit:
        session.commit()
    assert len(requests) == 1  # both are compared by one query
    assert hit.value.instance is page
    assert hit.value.current.text == "theirs"
    assert hit.value.current not in session
    assert [mine for mine, _ in hit.value.conflicts] == [page]
    assert page.text == "mine"
    session.refresh(page)
    page.text += " and mine"
    session.commit()
    with Session(client) as third:
        found = {each.title: each for each in third.query(Page)}
        assert found["A"].text == "theirs and mine"
        assert found["A"].revision == 3
        assert found["B"].text == "not in conflict"


def test_references_and_deletions_are_compared_too(client: Client, session: Session) -> None:
    page, target = Page(title="A"), Page(title="B")
    page.links = [target]
    session.add(page)
    session.commit()
    change(client, text="theirs")
    page.links = []
    with pytest.raises(StaleObjectError):
        session.commit()
    session.rollback()
    session.delete(page)
    with pytest.raises(StaleObjectError):
        session.commit()
    session.rollback()
    with session.no_autoflush:
        assert session.query(Page).count() == 2


def test_an_object_that_somebody_deleted(client: Client, session: Session) -> None:
    page = Page(title="A")
    session.add(page)
    session.commit()
    client.data_object.delete(page.id, "TestVersionsPage")
    page.text = "mine"
    with pytest.raises(StaleObjectError, match="was deleted") as caught:
        session.commit()
    assert caught.value.conflicts == ((page, None),)
    session.delete(page)
    session.commit()


def test_the_version_is_loaded_with_whatever_is(client: Client, session: Session) -> None:
    session.add(Page(title="A"))
    session.commit()
    session.close()
    with Session(client) as other:
        page = other.query(Page).only("title").one()
        change(client, text="theirs")
        page.title = "mine"
        with pytest.raises(StaleObjectError):
            other.commit()


def test_merge_of_an_older_object_is_refused(client: Client, session: Session) -> None:
    page = Page(title="A")
    session.add(page)
    session.commit()
    session.close()
    page.text = "mine"
    with Session(client) as other:
        assert other.merge(page).text == "mine"
        other.rollback()
    change(client, text="theirs")
    with Session(client) as other, pytest.raises(StaleObjectError, match="was changed"):
        other.merge(page)


def test_wrong_versions_are_refused(client: Client, session: Session) -> None:
    page = Page(title="A")
    session.add(page)
    session.commit()
    page.revision = 7
    with pytest.raises(ValidationError, match="revision is the version, which the session counts"):
        session.commit()
    with pytest.raises(UnknownNameError, match="did you mean 'title'"):

        class Wrong(Model):
            title: Field[str]

            class Meta:
                version = "titel"

    with pytest.raises(MappingError, match="has to be an int"):

        class Worse(Model):
            title: Field[str]

            class Meta:
                version = "title"
