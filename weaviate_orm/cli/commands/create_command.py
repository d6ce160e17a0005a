"""``weaviate-orm create``."""

from __future__ import annotations

from weaviate_orm.cli.invocation import MODELS, Invocation, command
from weaviate_orm.session.create_all import create_all


@command(MODELS)
def create(invocation: Invocation) -> None:
    """Create the collections, properties and references of the models that the server lacks.

    Existing ones are not changed. Several processes may do so at once.
    """
    models = invocation.models()
    with invocation.client() as client:
        create_all(client, models)
    names = [model.__mapper__.collection_name for model in models]
    invocation.output.document({"collections": names})
    invocation.output.text(f"The server has {', '.join(names)}.")
