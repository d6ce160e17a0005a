"""Text of any kind stays text: it is read back equal, and it cannot change what is asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import graphql
import pytest
from graphql import FieldNode, OperationDefinitionNode, StringValueNode, Visitor, visit
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from tests.client.query.builder_cases import FIRST, where
from weaviate_orm.client.client import Client
from weaviate_orm.client.query import AggregateBuilder, GetBuilder, LinkTo, Query
from weaviate_orm.exceptions import QueryError
from weaviate_orm.graphql.selections import check_selection
from weaviate_orm.http.transport import Transport

QUERY = Query(Transport("http://127.0.0.1:9/v1"))

PLAIN = "plain"
TEXTS = st.text() | st.text('"\\{}[]()#$:,.!@ \n\r\t/ax0é\u2028😀')
"""Any Unicode, and more of what GraphQL gives a meaning to."""

SIGNS = st.text('{}()[]:."\\ \n,#$@!|&a1-_', max_size=12) | st.text()
FRAGMENTS = st.lists(
    st.sampled_from(["a", "b: ", "{", "}", "(", ")", "x: ", '"s"', '"', "1", "... on T", "[", "]", "#"])
)


def get() -> GetBuilder:
    return QUERY.get("Article", ["title"])


def aggregate() -> AggregateBuilder:
    return QUERY.aggregate("Article").with_meta_count()


Slot = Callable[[str], GetBuilder | AggregateBuilder]

SLOTS: dict[str, Slot] = {
    "where": lambda text: get().with_where(where(["title"], "Equal", valueText=text)),
    "where, one of": lambda text: get().with_where(where(["title"], "ContainsAny", valueText=["x", text])),
    "where, string": lambda text: get().with_where(where(["title"], "Equal", valueString=text)),
    "where, date": lambda text: get().with_where(where(["date"], "Equal", valueDate=text)),
    "where, path": lambda text: get().with_where(where([text], "Equal", valueInt=1)),
    "where, operand": lambda text: get().with_where(
        {"operator": "Not", "operands": [where(["title"], "Equal", valueText=text)]}
    ),
    "concepts": lambda text: get().with_near_text({"concepts": [text]}),
    "moved to": lambda text: get().with_near_text({"concepts": ["x"], "moveTo": {"concepts": text, "force": 1}}),
    "target vectors": lambda text: get().with_near_text({"concepts": ["x"], "targetVectors": [text]}),
    "targets": lambda text: get().with_near_object({"id": FIRST, "targets": {"targetVectors": [text]}}),
    "question": lambda text: get().with_ask({"question": text}),
    "question, properties": lambda text: get().with_ask({"question": "x", "properties": text}),
    "bm25": lambda text: get().with_bm25(text),
    "bm25, properties": lambda text: get().with_bm25("x", ["y", text]),
    "hybrid": lambda text: get().with_hybrid(text),
    "hybrid, properties": lambda text: get().with_hybrid("x", properties=[text]),
    "sort": lambda text: get().with_sort({"path": [text], "order": "asc"}),
    "group by": lambda text: get().with_group_by([text, "x"], 1, 1),
    "tenant": lambda text: get().with_tenant(text).with_autocut(1),
    "prompt": lambda text: get().with_generate(text),
    "task": lambda text: get().with_generate(grouped_task=text),
    "task, properties": lambda text: get().with_generate("x", "y", [text]),
    "provider": lambda text: get().with_generate("x", settings={"openai": {"model": text}}),
    "rerank": lambda text: get().with_rerank(text, "x"),
    "rerank, query": lambda text: get().with_rerank("x", text),
    "settings": lambda text: get().with_additional(({"f": "g"}, {"s": text})),
    "aggregate, tenant": lambda text: aggregate().with_tenant(text).with_limit(1),
    "aggregate, group by": lambda text: aggregate().with_group_by_filter([text]),
    "aggregate, concepts": lambda text: aggregate().with_near_text({"concepts": [text]}),
}


def strings_and_shape(text: str) -> tuple[list[str], str]:
    found: list[str] = []

    class Strings(Visitor):
        def enter_string_value(self, node: StringValueNode, *args: Any) -> StringValueNode:
            found.append(node.value)
            return StringValueNode(value="", block=False)

    return found, graphql.print_ast(visit(graphql.parse(text), Strings()))


@pytest.mark.parametrize("name", SLOTS)
@given(text=TEXTS)
@example(text='"} ) {x} #')
@example(text="\\")
@example(text='\\"')
@example(text='"""')
@example(text="\x00\x1f\x7f\ufeff\u2028\U0010ffff")
def test_it_is_read_back_equal_and_nothing_else_changes(name: str, text: str) -> None:
    expected, shape = strings_and_shape(SLOTS[name](PLAIN).build())
    assert PLAIN in expected
    assert strings_and_shape(SLOTS[name](text).build()) == (
        [text if each == PLAIN else each for each in expected],
        shape,
    )


NAMED: dict[str, Callable[[str], Any]] = {
    "class": lambda name: QUERY.get(name, ["x"]),
    "aggregated class": lambda name: QUERY.aggregate(name).with_meta_count(),
    "alias": lambda name: get().with_alias(name),
    "link": lambda name: QUERY.get("A", LinkTo(name, "B", "c")),
    "linked class": lambda name: QUERY.get("A", LinkTo("b", name, "c")),
    "vector per target": lambda name: get().with_near_vector({"vectorPerTarget": {name: [1]}}),
    "setting": lambda name: get().with_additional(({"f": "g"}, {name: 1})),
    "provider": lambda name: get().with_generate("x", settings={name: {}}),
    "provider's setting": lambda name: get().with_generate("x", settings={"openai": {name: 1}}),
    "word": lambda name: get().with_generate("x", settings={"openai": {"verbosity": name}}),
    "setting below": lambda name: get().with_additional(({"f": "g"}, {"x": {name: 1}})),
}


@pytest.mark.parametrize("slot", NAMED)
@given(name=SIGNS | TEXTS)
@example(name="a\n")
@example(name="é")
def test_a_name_is_one_name_or_refused(slot: str, name: str) -> None:
    def shape(given: str) -> str:
        return graphql.print_ast(graphql.parse(NAMED[slot](given).build()))

    try:
        written = shape(name)
    except QueryError:
        return
    assert name.isascii()
    assert name.isidentifier()
    assert written.count(name[1:]) >= 1
    assert len(written.split()) == len(shape("P" * len(name)).split())  # as long: the printer breaks long lines


def fields_below(text: str) -> tuple[FieldNode, ...]:
    (operation,) = graphql.parse(text).definitions
    assert isinstance(operation, OperationDefinitionNode)
    (root,) = operation.selection_set.selections
    assert isinstance(root, FieldNode)
    assert root.selection_set is not None
    (only,) = root.selection_set.selections
    assert isinstance(only, FieldNode)
    assert only.selection_set is not None
    return only.selection_set.selections  # type: ignore[return-value]


@pytest.mark.slow
@given(text=SIGNS | FRAGMENTS.map(" ".join) | FRAGMENTS.map("".join))
@settings(max_examples=2000, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@example(text="x:")
@example(text="x} b {c")
@example(text="x #")
@example(text='x(a: """} y {""")')
@example(text='x(a: "\\")')
@example(text="x...")
@example(text="... on")
@example(text="x(a: 1)(b: 2)")
@example(text="x @skip(if: true)")
@example(text="x(a: $b)")
@example(text="...fragment")
@example(text="x(a: 01)")
@example(text="x(a: })")
@example(text="x(a: 1x: 2)")
@example(text="")
@example(text="a{" * 3000)
def test_a_property_ends_where_it_began(text: str) -> None:
    """What passes is whole: the fields before and after it are themselves, and so is what is around them."""

    def in_get() -> str:
        return QUERY.get("Article", ["before", text, "after"]).with_limit(1).build()

    def in_aggregate() -> str:
        return QUERY.aggregate("Article").with_fields("before").with_fields(text).with_fields("after").build()

    for build in (in_get, in_aggregate):
        try:
            document = build()
        except QueryError:
            continue
        first, *own, last = fields_below(document)
        assert graphql.print_ast(first) == "before"
        assert graphql.print_ast(last) == "after"
        assert own


@pytest.mark.parametrize(
    "text",
    [
        "title",
        " title ",
        "title, url",
        "_additional {id vector}",
        "_additional\n{ id\t}",
        "other: title",
        "inPublication { ... on Publication { name articles { ... on Article { title } } } }",
        '_additional {generate(singleResult: {prompt: "Say {title} \\"so\\" \\u00e9 é \\n"}) {singleResult error}}',
        'f(a: [1, -2.5e+3, 0, "", "x", true, null, WORD, [], {}, {b: {c: [1]}}] d: 1.5){g}',
        'a(b: "#{}[]()")',
    ],
)
def test_what_v3_users_write_passes(text: str) -> None:
    assert check_selection(text).text == text
    graphql.parse(f"{{{text}}}")


def test_the_server_reads_it_back_equal(client: Client, unique: str) -> None:
    exact = {"name": "exact", "dataType": ["text"], "tokenization": "field"}
    generative: dict[str, Any] = {"generative-dummy": {}}
    client.schema.create_class(
        {"class": unique, "vectorizer": "none", "moduleConfig": generative, "properties": [exact]}
    )

    @given(text=TEXTS)
    @settings(max_examples=150)
    @example(text="Zoë 😀 \\ \" '\n\t\r\x00\x7f\u2028\ufeffx")
    @example(text='"}]} ) {x} #')
    @example(text="\\u00e9\\n")
    def survives(text: str) -> None:
        assume(text.strip())
        id = client.data_object.create({"exact": text}, unique)
        try:
            builder = client.query.get(unique, ["exact"]).with_where(where(["exact"], "Equal", valueText=text))
            answer = builder.with_additional("id").with_generate(grouped_task=text).with_limit(100).do()
            assert "errors" not in answer
            found = answer["data"]["Get"][unique]
            assert [row["exact"] for row in found if row["_additional"]["id"] == id] == [text]
            if "{" not in text:  # in braces it would name a property
                assert f"prompt: {text}: " in found[0]["_additional"]["generate"]["groupedResult"]
        finally:
            client.data_object.delete(id, unique)

    survives()


@pytest.mark.parametrize("name", SLOTS)
def test_the_server_reads_no_slot_as_syntax(library: Client, name: str) -> None:
    for text in ('"}]}) {x} #', "\\", "a\nb", "😀\x00\u2028"):
        answer = library.query.raw(SLOTS[name](text).build().replace("Article", "V3Article"))
        assert not any("Syntax Error" in error["message"] for error in answer.get("errors", []))


@pytest.mark.parametrize(
    ("builder", "text"),
    [
        # v3 turns the line break into a space …
        (get().with_bm25("two\nlines"), r'bm25:{query: "two\nlines"}'),
        (get().with_generate("two\nlines"), r'{prompt:"two\nlines"}'),
        # … writes backslashes and control characters as they are …
        (get().with_where(where(["title"], "Equal", valueText="C:\\new\t")), r'valueText: "C:\\new\t"}'),
        # … takes text for escaped already where it holds a backslash and a quote …
        (get().with_hybrid('\\"'), r'hybrid:{query: "\\\""}'),
        # … writes an emoji as two escapes, which the server reads as two other characters …
        (get().with_near_text({"concepts": ["😀 é"]}), 'concepts: ["😀 é"]'),
        # … and these not at all, or not as GraphQL …
        (get().with_tenant('a"b'), r'tenant: "a\"b"'),
        (get().with_bm25("x", ['a"b']), r'properties: ["a\"b"]'),
        (get().with_where(where(["a"], "ContainsAny", valueBoolean=[True, False])), "valueBoolean: [true, false]"),
        (get().with_additional(({"f": "g"}, {"s": {"t": 1}})), "f(s: {t: 1} ) {g }"),
        (QUERY.get("A", LinkTo("b", "C", "name")), "b{... on C{name}}"),
        # … runs a number into the next word …
        (
            aggregate().with_near_object({"id": FIRST}).with_object_limit(5).with_tenant("x").with_limit(2),
            'objectLimit: 5 tenant: "x"limit: 2)',
        ),
        # … and leaves out limits without a filter.
        (aggregate().with_limit(2), "Article(limit: 2){"),
    ],
)
def test_where_v3_was_wrong(builder: GetBuilder | AggregateBuilder, text: str) -> None:
    assert text in builder.build()
    graphql.parse(builder.build())
