from __future__ import annotations

from collections.abc import Iterator

import pytest

from weaviate_orm.client.client import Client
from weaviate_orm.client.permissions import ACTIONS, permission
from weaviate_orm.exceptions import UnexpectedStatusCodeException, UnknownNameError
from weaviate_orm.http.features import MCP_PERMISSIONS, NAMESPACES

NEWER = {"_mcp": MCP_PERMISSIONS, "_namespaces": NAMESPACES}
READ = permission("read_data", collection="Article")


@pytest.fixture
def editor(guarded: Client) -> Iterator[str]:
    """The name of a role that may read articles."""
    guarded.roles.create(role_name="editor", permissions=READ)
    yield "editor"
    guarded.roles.delete("editor")


def test_a_role_comes_and_goes(guarded: Client, editor: str) -> None:
    assert guarded.roles.get(editor) == {"name": "editor", "permissions": [READ]}
    assert guarded.roles.exists(editor)
    assert {editor, "admin", "viewer", "root"} <= set(guarded.roles.list_all())
    with pytest.raises(UnexpectedStatusCodeException) as caught:
        guarded.roles.create(role_name=editor, permissions=READ)
    assert caught.value.status_code == 409
    guarded.roles.delete(editor)
    guarded.roles.delete(editor)
    assert guarded.roles.get(editor) is None
    assert not guarded.roles.exists(editor)


def test_permissions_are_added_and_removed(guarded: Client, editor: str) -> None:
    write = [permission("create_data", collection="Article"), permission("update_data", collection="Article")]
    assert guarded.roles.has_permissions(permissions=READ, role=editor)
    assert not guarded.roles.has_permissions(permissions=[READ, *write], role=editor)
    guarded.roles.add_permissions(permissions=write, role_name=editor)
    assert guarded.roles.has_permissions(permissions=[READ, *write], role=editor)
    guarded.roles.remove_permissions(permissions=[READ, write[0]], role_name=editor)
    held = guarded.roles.get(editor)
    assert held is not None
    assert held["permissions"] == [write[1]]
    guarded.roles.remove_permissions(permissions=write[1], role_name=editor)
    assert guarded.roles.get(editor) == {"name": editor, "permissions": []}


def test_nobody_has_a_new_role(guarded: Client, editor: str) -> None:
    assert guarded.roles.get_user_assignments(editor) == []
    assert guarded.roles.get_group_assignments(editor) == []


@pytest.mark.parametrize(
    "action",
    [
        pytest.param(
            action, marks=[pytest.mark.needs(feature) for end, feature in NEWER.items() if action.endswith(end)]
        )
        for action in sorted(ACTIONS)
    ],
)
def test_the_server_knows_each_permission(guarded: Client, editor: str, action: str) -> None:
    guarded.roles.add_permissions(permissions=permission(action), role_name=editor)
    assert guarded.roles.has_permissions(permissions=permission(action), role=editor)


def test_a_permission_names_what_it_is_about() -> None:
    assert permission("create_aliases", alias="A*")["aliases"] == {"collection": "*", "alias": "A*"}
    assert permission("read_cluster") == {"action": "read_cluster"}
    with pytest.raises(UnknownNameError, match="did you mean 'read_data'"):
        permission("reed_data")
    with pytest.raises(UnknownNameError, match="'collektion' does not exist; did you mean 'collection'"):
        permission("read_data", collektion="Article")
