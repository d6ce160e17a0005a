"""Models of embeddings that run in the client, where the server has no vectorizer for them.

>>> Embedder(WordLlama())
<Embedder wordllama-l2-supercat-256 dimensions=256>
"""

from weaviate_orm.embedders.embedder import Embedder, EmbeddingModel, Vectors
from weaviate_orm.embedders.fastembed_model import FastEmbed
from weaviate_orm.embedders.openai_compatible import OpenAICompatible
from weaviate_orm.embedders.sentence_transformers_model import SentenceTransformers
from weaviate_orm.embedders.wordllama_model import WordLlama

__all__ = [
    "Embedder",
    "EmbeddingModel",
    "FastEmbed",
    "OpenAICompatible",
    "SentenceTransformers",
    "Vectors",
    "WordLlama",
]
