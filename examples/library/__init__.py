"""A library on the web: search, facets, pages of books and writers, a form. FastAPI, Jinja, and no build step.

::

    pip install "weaviate-mapper[embedded,fastapi]" jinja2 python-multipart uvicorn
    uvicorn library.app:app --app-dir examples --reload

``$WEAVIATE_URL`` names the server; by default one is started, with its data in ``./library-data``.
"""
