"""Publications, articles and authors that refer to each other: stored by a single commit, read back, and searched.

    python examples/blog.py

A server is started for the run, and its data are removed at the end. ``--url`` names a server that runs already, and
``$WEAVIATE_API_KEY`` its key. There the objects stay, and a second run stores them again, with the ids of their keys.
"""

from __future__ import annotations

import argparse
import os
import sys

from weaviate_orm import (
    AuthApiKey,
    Client,
    Field,
    GeoCoordinates,
    Model,
    Move,
    Ref,
    Session,
    WeaviateORMError,
    create_all,
    field,
    ref,
)
from weaviate_orm.vectorizers import Text2Vec


class Publication(Model):
    """A publication with an online source"""

    name: Field[str] = field(description="Name of the publication")
    headquarters: Field[GeoCoordinates | None] = field(
        name="headquartersGeoLocation", description="Geo location of the HQ", default=None
    )
    articles: Ref[list[Article]] = ref(
        name="hasArticles", description="The articles this publication has", factory=list
    )

    class Meta:
        key = "name"


class Author(Model):
    """The writer of an article"""

    name: Field[str] = field(description="Name of the author")
    articles: Ref[list[Article]] = ref(name="wroteArticles", description="Articles this author wrote", factory=list)
    writes_for: Ref[Publication | None] = ref(
        name="writesFor", description="The publication this author writes for", default=None
    )

    class Meta:
        key = "name"


class Article(Model):
    """A written text, for example a news article or blog post"""

    title: Field[str] = field(description="Title of the article")
    content: Field[str] = field(description="The content of the article")
    publication: Ref[Publication] = ref(name="inPublication", description="Where it was published")
    authors: Ref[list[Author]] = ref(name="hasAuthors", description="Who wrote it", factory=list)

    class Meta:
        key = "title"
        vectorizer = Text2Vec.transformers()


def make_publications() -> list[Publication]:
    """Make two publications with their articles and authors, with references in both directions."""
    vogue = Publication(name="Vogue", headquarters=GeoCoordinates(40.7127, -74.0134))
    wired = Publication(name="Wired", headquarters=GeoCoordinates(37.7811, -122.3973))
    ada = Author(name="Ada Byron", writes_for=wired)
    coco = Author(name="Gabrielle Bonheur", writes_for=vogue)
    texts = [
        (vogue, [coco], "Silk in Paris", "The dresses of this season's haute couture shows are made of silk."),
        (vogue, [coco], "What a gown costs", "Fashion houses, their bankers, and the price of handmade clothes."),
        (wired, [ada], "A loom that computes", "How punched cards for weaving became programs for machines."),
        (wired, [ada, coco], "Knitting robots", "Robots now sew and knit clothes, and designers write their programs."),
    ]
    for publication, authors, title, content in texts:
        article = Article(title=title, content=content, publication=publication, authors=authors)
        publication.articles.append(article)
        for author in authors:
            author.articles.append(article)
    return [vogue, wired]


def store(client: Client, publications: list[Publication]) -> None:
    """Store the publications and all objects that they refer to, by a single commit."""
    with Session(client) as session:
        session.add_all(publications)
        session.commit()
        print(f"stored {' and '.join(publication.name for publication in publications)}, and all that they refer to")


def compare(client: Client, publications: list[Publication]) -> None:
    """Load the publications in a new session, and compare them with the originals."""
    with Session(client):
        for publication in publications:
            loaded = Publication.query.include("articles__authors").get(publication.id)
            if contents(loaded) != contents(publication):
                sys.exit(f"{publication.name} is {contents(loaded)} on the server, but was {contents(publication)}")
            print(
                f"{loaded.name} came back equal, with {len(loaded.articles)} articles; it lies at {loaded.headquarters}"
            )


def contents(publication: Publication) -> object:
    """Return the values of a publication, its articles and their authors, for comparisons."""
    articles = [
        (article.title, article.content, [author.name for author in article.authors])
        for article in publication.articles
    ]
    return publication.name, publication.headquarters, articles


def run_queries(client: Client) -> None:
    """Run some queries, and print their results."""
    with Session(client):
        print("\nabout fashion, rather couture than finance:")
        query = Article.query.near_text(
            "fashion", move_to=Move("haute couture", force=0.85), move_away_from=Move("finance", force=0.45)
        )
        for hit in query.include(Article.publication).limit(3).hits():
            print(f"  {hit.distance:.3f}  {hit.object.title} ({hit.object.publication.name})")

        print("\nwritten by somebody of Wired, and about clothes in words or meaning:")
        for article in Article.query.hybrid("clothes").where(Article.authors.writes_for.name == "Wired").limit(10):
            # the authors of all these articles are loaded when those of the first are read
            print(f"  {article.title}, by {' and '.join(author.name for author in article.authors)}")

        print("\npublications within 50 km of San Francisco:")
        near = Publication.headquarters.within(GeoCoordinates(37.7749, -122.4194), distance=50_000)
        for publication in Publication.query.where(near):
            print(f"  {publication.name}")

        print("\nauthors of more than two articles:")
        for author in Author.query.where(Author.articles.count > 2).order_by("name"):
            print(f"  {author.name}")


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Store and search a small blog.")
    parser.add_argument("--url", help="a server that runs already; by default one is started here")
    url = parser.parse_args().url
    key = os.environ.get("WEAVIATE_API_KEY") if url else None
    try:
        with Client(url or "embedded://", auth_client_secret=AuthApiKey(key) if key else None) as client:
            create_all(client)
            publications = make_publications()
            store(client, publications)
            compare(client, publications)
            run_queries(client)
    except WeaviateORMError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
