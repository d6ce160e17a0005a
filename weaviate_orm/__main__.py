"""``python -m weaviate_orm``: the command ``weaviate-orm``."""

from __future__ import annotations

from weaviate_orm.cli import main

if __name__ == "__main__":
    main()
