"""Programs of the stateful test that failed once, cut down to the steps that matter.

A number picks one of what there is at that step, as the comments say.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.session.stateful.session_steps import SessionMachine, machine_class
from weaviate_orm import Client
from weaviate_orm.testing import Server


@pytest.fixture(scope="module")
def machines(server: Server, client: Client) -> Iterator[type[SessionMachine]]:
    with machine_class(server, client) as made:
        yield made


@pytest.fixture
def machine(machines: type[SessionMachine]) -> Iterator[SessionMachine]:
    running = machines()
    yield running
    running.teardown()


def test_a_removal_that_was_done_and_never_answered_is_taken_back(machine: SessionMachine) -> None:
    machine.begin(workers=2, are_stored=True, batch_size=1, news=[("Shelf", []), ("Book", [0])])  # on the shelf
    machine.memory_agrees()
    machine.make_any(kind="Shelf", text="one", links=[0])  # the book moves to it
    machine.memory_agrees()
    machine.commit_and_lose_the_server(answered=True, passing=0, pick=0, text="two")
    machine.memory_agrees()
    machine.take_back(pick=0)  # the book stands on the first shelf, whose list has lost it on the server
    machine.memory_agrees()
    machine.commit()
    machine.memory_agrees()


def test_nothing_is_deleted_while_what_refers_to_it_could_not_be_written(machine: SessionMachine) -> None:
    machine.begin(workers=1, are_stored=True, batch_size=1, news=[("Person", []), ("Book", [2])])  # its author
    machine.memory_agrees()
    machine.change_vector(pick=0, vector=[0.0], is_in_place=False)  # the server refuses all changes of the book
    machine.memory_agrees()
    machine.delete(pick=1)  # the author
    machine.memory_agrees()
    machine.commit()
    machine.memory_agrees()
    machine.start_over(how="rollback")
    machine.memory_agrees()
    machine.commit()
    machine.memory_agrees()


@pytest.mark.parametrize(("kind", "reference"), [("Person", 1), ("Review", 2)], ids=["with an inverse", "without"])
def test_a_reference_that_was_set_and_never_answered_is_taken_back(
    machine: SessionMachine, kind: str, reference: int
) -> None:
    machine.begin(workers=2, are_stored=True, batch_size=1, news=[("Person", []), (kind, [])])
    machine.memory_agrees()
    for number in (0, 1):
        machine.read_value(pick=number, attribute=1)
        machine.read_value(pick=number, attribute=2)
    machine.set_reference(pick=reference, to=0)  # the second object's, to the first
    machine.memory_agrees()
    machine.commit_and_lose_answers(pick=0, text="two", passing=0, count=1)
    machine.memory_agrees()
    machine.set_reference(pick=reference, to=None)
    machine.memory_agrees()
    machine.commit()
    machine.memory_agrees()


def test_a_list_changes_after_a_flush_by_who_was_handed_it_before(machine: SessionMachine) -> None:
    machine.begin(workers=1, batch_size=1, news=[("Book", [])], are_stored=False)
    machine.memory_agrees()
    machine.query_with_references()
    machine.memory_agrees()
    machine.change_tags(how="set", pick=0, tags=[])
    machine.memory_agrees()
    machine.query_with_references()  # flushes
    machine.memory_agrees()
    machine.change_tags(how="extend", pick=0, tags=["one", "one"])
    machine.memory_agrees()
    machine.let_go()
    machine.memory_agrees()
    machine.commit()
    machine.memory_agrees()


@pytest.mark.parametrize("after", [[1, 0], [0, 1], [1]], ids=["at the end", "where it was", "not"])
def test_what_left_a_list_by_a_request_that_was_lost_comes_back(machine: SessionMachine, after: list[int]) -> None:
    machine.begin(workers=2, are_stored=True, batch_size=3, news=[("Topic", []), ("Book", []), ("Book", [])])
    machine.memory_agrees()
    machine.set_references(pick=6, to=[0, 1])  # the topic's, to both books
    machine.memory_agrees()
    machine.commit()
    machine.memory_agrees()
    machine.set_references(pick=6, to=[1])
    machine.memory_agrees()
    machine.commit_and_lose_requests(pick=0, text="two", passing=0, count=1)
    machine.memory_agrees()
    machine.set_references(pick=6, to=after)
    machine.memory_agrees()
    machine.commit()
    machine.memory_agrees()


@pytest.mark.parametrize("passing", [2, 3, 4])
def test_a_list_that_holds_an_object_several_times_is_stored_whole(machine: SessionMachine, passing: int) -> None:
    machine.begin(workers=1, are_stored=True, batch_size=1, news=[("Book", [])])
    machine.memory_agrees()
    machine.make_book(text="two", vector=None, links=[4, 4, 4])  # which cites the first one
    machine.add(pick=0)
    machine.memory_agrees()
    machine.commit_and_lose_requests(pick=0, text="three", passing=passing, count=1)
    machine.memory_agrees()
    machine.commit()
    machine.memory_agrees()


def test_what_is_merged_does_not_bring_a_deleted_object_back(machine: SessionMachine) -> None:
    news: list[tuple[str, list[int]]] = [("Topic", []), ("Book", [1]), ("Book", [1, 4])]  # the second cites the first
    machine.begin(workers=1, are_stored=False, batch_size=1, news=news)
    machine.memory_agrees()
    machine.commit()
    machine.memory_agrees()
    machine.delete(pick=0)  # the first book
    machine.memory_agrees()
    machine.merge_a_copy(pick=1, text="two")  # the topic, and all that it leads to
    machine.memory_agrees()
    machine.commit()
    machine.memory_agrees()


def test_an_object_is_inspected_whose_list_holds_a_deleted_one_and_one_that_is_refused(machine: SessionMachine) -> None:
    machine.begin(workers=2, are_stored=False, batch_size=500, news=[("Book", []), ("Book", [])])
    machine.memory_agrees()
    machine.change_vector(pick=0, vector=[0.0], is_in_place=False)  # the server refuses it
    machine.memory_agrees()
    machine.query_with_references()
    machine.memory_agrees()
    machine.make_book(text="two", vector=None, links=[4, 9])  # cites both
    machine.add(pick=0)
    machine.memory_agrees()
    machine.delete(pick=2)  # the second book
    machine.memory_agrees()
    machine.commit()
    machine.memory_agrees()
