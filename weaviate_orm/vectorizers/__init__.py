"""The server's modules: what makes vectors, answers prompts and orders results anew. One factory a module.

A setting that is not given takes the server's default; its name is the server's in snake_case. Keys of inference
services are not settings: they go into the client's ``additional_headers``. For a module without a factory here, and
for a setting that is new, there is :func:`module`.

>>> Text2Vec.openai(model="text-embedding-3-small", dimensions=512)
Module(name='text2vec-openai', settings={'model': 'text-embedding-3-small', 'dimensions': 512})
>>> Multi2Vec.clip(image_fields=["photo"], text_fields={"caption": 0.2}).settings
{'imageFields': ['photo'], 'textFields': ['caption'], 'weights': {'textFields': [0.2]}}
"""

from weaviate_orm.schema.modules import Module, module
from weaviate_orm.vectorizers.generative import Generative
from weaviate_orm.vectorizers.multi2vec import Fields, Img2Vec, Multi2MultiVec, Multi2Vec, Ref2Vec
from weaviate_orm.vectorizers.reranker import Reranker
from weaviate_orm.vectorizers.text2vec import Text2MultiVec, Text2Vec

__all__ = [
    "Fields",
    "Generative",
    "Img2Vec",
    "Module",
    "Multi2MultiVec",
    "Multi2Vec",
    "Ref2Vec",
    "Reranker",
    "Text2MultiVec",
    "Text2Vec",
    "module",
]
