"""A session driven through random work beside a model of the store, on a connection that breaks.

After each commit the server equals the model, or the difference is just what ``FlushError`` named.

``--steps N`` says how many steps are taken, ``--explore`` makes them new ones. Hypothesis prints the steps of a failure
as a program, which belongs into ``test_stateful_examples.py``.
"""

from __future__ import annotations

import math

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import seed as seeded
from hypothesis.stateful import run_state_machine_as_test

from tests.session.stateful.session_steps import machine_class
from weaviate_orm import Client
from weaviate_orm.testing import Server

STEPS_OF_ONE = 50


@pytest.mark.timeout(1800)  # a failure is made small before it is told
def test_a_session_and_a_model_of_the_store(
    server: Server, client: Client, seed: int, pytestconfig: pytest.Config
) -> None:
    steps: int = pytestconfig.option.steps
    chosen = settings(
        stateful_step_count=STEPS_OF_ONE,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),  # pyright: ignore[reportArgumentType]
    )
    with machine_class(server, client) as machine:
        while machine.steps < steps:
            examples = math.ceil((steps - machine.steps) / STEPS_OF_ONE)
            seeded(seed + machine.steps)(machine)
            run_state_machine_as_test(machine, settings=settings(chosen, max_examples=examples))
