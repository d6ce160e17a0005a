"""Features of newer servers, and the versions that have them.

The version is read once for each client: at its start, or with the first feature that is required. Sources are the
release notes of Weaviate and of its official clients; features between 1.35.2 and 1.39.2 were tried.
"""

from __future__ import annotations

import attrs

from weaviate_orm.exceptions import NotWeaviateError, ServerTooOldError
from weaviate_orm.http.transport import Transport

Version = tuple[int, int, int]


@attrs.frozen
class Feature:
    """A feature that servers have from a version on.

    Attributes:
        name: its name in errors.
        since: the first version that has it.
        backports: the first patch releases of earlier minor versions that have it too.
    """

    name: str
    since: Version
    backports: tuple[Version, ...] = ()

    def is_in(self, version: Version) -> bool:
        """Return whether a server of a version has the feature.

        >>> AND_CROSS.is_in((1, 38, 7)), AND_CROSS.is_in((1, 38, 8)), AND_CROSS.is_in((1, 39, 0))
        (False, True, True)
        """
        return version >= self.since or any(
            version[:2] == backport[:2] and version >= backport for backport in self.backports
        )


AND_CROSS = Feature('the word operator "and_cross"', (1, 39, 0), ((1, 37, 15), (1, 38, 8)))
ASYNC_REPLICATION_SETTINGS = Feature("async_config of a ReplicationSpec", (1, 36, 0))
BOOST = Feature("boost()", (1, 38, 0))
DIVERSITY = Feature("diversify()", (1, 37, 0))
DIVERSITY_OF_HYBRID = Feature("diversify() of a hybrid search", (1, 38, 6))
EXPORT = Feature("an export of collections", (1, 37, 0))
HFRESH = Feature("an hfresh index", (1, 36, 0))
INCREMENTAL_BACKUP = Feature("an incremental backup", (1, 37, 0), ((1, 34, 18), (1, 35, 13), (1, 36, 3)))
MCP_PERMISSIONS = Feature("a permission for MCP", (1, 37, 1))
NAMESPACES = Feature("namespaces", (1, 39, 0))
PROPERTY_INDEX_REMOVAL = Feature("dropping an index of a property", (1, 36, 0))
PROPERTY_REINDEX = Feature("reading and rebuilding the indexes of properties", (1, 39, 0))
QUERY_PROFILE = Feature("the profile of a query", (1, 36, 0))
REST_SEARCH = Feature("a search by REST", (1, 39, 0))
RESTORE_CANCELLATION = Feature("cancelling a restore", (1, 36, 0))
STOPWORDS_BY_LIKE = Feature(
    "finding a text by stopwords alone (without: declare tokenization='field', or Stopwords('none'))", (1, 39, 0)
)
TEXT_ANALYZERS = Feature("a text analyzer or a stopword preset", (1, 37, 0))
TOKENIZE = Feature("tokenizing a text", (1, 37, 0))
USER_EXPORT = Feature("an export of database users", (1, 39, 0))
VECTOR_INDEX_REMOVAL = Feature("deleting the index of a vector", (1, 39, 0))


def require(transport: Transport, feature: Feature) -> None:
    """Raise ServerTooOldError unless the server has a feature."""
    version = server_version(transport)
    if not feature.is_in(version):
        backports = f" (or {', '.join(map(_printed, feature.backports))})" if feature.backports else ""
        raise ServerTooOldError(
            f"{feature.name} needs Weaviate {_printed(feature.since)}{backports} or newer; {transport.base_url} is "
            f"{_printed(version)}: update the server, or do without it",
            url=transport.base_url,
        )


def server_version(transport: Transport) -> Version:
    """Return the server's version, by one request for each transport.

    Raises NotWeaviateError for an answer without a version.
    """
    if transport.version is None:
        answer = transport.request("GET", "/meta")
        try:
            transport.version = parse_version(answer.json({"version": str})["version"])
        except (NotWeaviateError, ValueError) as error:
            raise NotWeaviateError(
                f"{transport.base_url} answers, but not as Weaviate does: /v1/meta names no version",
                url=transport.base_url,
            ) from error
    return transport.version


def parse_version(text: str) -> Version:
    """Return the three numbers of a version; raises ValueError for other text.

    >>> parse_version("1.39.2"), parse_version("1.40.0-rc.1")
    ((1, 39, 2), (1, 40, 0))
    """
    major, minor, patch, *_ = *map(int, text.partition("-")[0].split(".")), 0
    return major, minor, patch


def _printed(version: Version) -> str:
    return ".".join(map(str, version))
