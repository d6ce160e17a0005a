"""How many requests things take."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.session.library_models import Article, Author, Page, Publication
from weaviate_orm import Client, Session
from weaviate_orm.http.transport import LARGEST_REQUEST
from weaviate_orm.testing import recorded_requests


@pytest.mark.wire("graphql")  # it names requests of HTTP
def test_a_graph_of_1000_objects_and_3000_references(client: Client, session: Session) -> None:
    vogue = Publication(name="Vogue")
    authors = [Author(name=f"{number}") for number in range(99)]
    articles = [
        Article(title=f"{number}", authors=[authors[number % 99], authors[(number + 1) % 99]], publication=vogue)
        for number in range(900)
    ]
    for article in articles[:300]:
        article.about = [vogue]
    session.add_all(articles)
    with recorded_requests(client) as requests:
        session.commit()
    counts = Counter(request.url.rpartition("/v1")[2] for request in requests)
    assert counts == {"/batch/objects": 2, "/batch/references": 6}  # of 500 each


def test_a_commit_of_large_objects_takes_requests_of_a_bounded_size(client: Client, session: Session) -> None:
    large = [Page(url=f"{number}", text="x" * 1_000_000) for number in range(40)]
    session.add_all([*large, *(Author(name=f"{number}") for number in range(100))])
    with recorded_requests(client) as requests:
        session.commit()
    assert [request.url.rpartition("/v1")[2] for request in requests] == ["/batch/objects"] * 3  # 40 MB
    assert max(len(request.body or b"") for request in requests) <= LARGEST_REQUEST
    assert session.new == ()
    assert (session.query(Page).count(), session.query(Author).count()) == (40, 100)


def test_100_edits_among_10000_loaded_objects(client: Client, session: Session) -> None:
    session.bulk_insert(Author(name=f"{number}") for number in range(10_000))
    with recorded_requests(client) as requests:
        authors = session.query(Author).all()
        assert len(authors) == 10_000
        assert len(requests) <= 2  # the cursor's second page is empty
        requests.clear()
        for author in authors[::100]:
            author.name += " changed"
        session.commit()
        session.commit()
    assert Counter(request.method for request in requests) == {"PATCH": 100}


@pytest.mark.heavy  # the server takes half a minute to add the references
def test_a_list_of_500_read_over_100_parents(client: Client, session: Session) -> None:
    authors = [Author(name=f"{number}") for number in range(500)]
    session.add_all(Article(title=f"{number}", authors=list(authors)) for number in range(100))
    session.commit()
    session.close()
    with Session(client) as other:
        articles = other.query(Article).all()
        with recorded_requests(client) as requests:
            assert sum(len(article.authors) for article in articles) == 50_000
        assert len(requests) == 1
