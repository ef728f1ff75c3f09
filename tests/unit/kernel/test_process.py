import gc
import weakref
from collections.abc import Iterator

import pytest

from kernel.process import tune_garbage_collection


class Node:
    """May reference itself."""

    itself: "Node | None" = None


@pytest.fixture(autouse=True)
def collector_as_before() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


def test_what_the_start_has_made_is_out_of_later_collections():
    made_at_start = Node()

    tune_garbage_collection()

    assert not any(found is made_at_start for found in gc.get_objects())


def test_garbage_of_the_start_is_gone_and_not_kept_for_ever():
    garbage = Node()
    garbage.itself = garbage
    witness = weakref.ref(garbage)
    del garbage

    tune_garbage_collection()

    assert witness() is None


def test_later_garbage_is_still_collected():
    tune_garbage_collection()
    garbage = Node()
    garbage.itself = garbage
    witness = weakref.ref(garbage)
    del garbage

    gc.collect()

    assert gc.isenabled()
    assert witness() is None


def test_a_second_call_takes_in_what_was_made_since():
    tune_garbage_collection()
    made_later = Node()

    tune_garbage_collection()

    assert not any(found is made_later for found in gc.get_objects())


def test_the_collector_runs_less_often_but_runs():
    tune_garbage_collection()
    usual = gc.get_threshold()
    tune_garbage_collection(young_objects=90_000)

    assert (usual, gc.get_threshold()) == ((50_000, 20, 20), (90_000, 20, 20))
