from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.ids import uuid7
from subgraphs.inventory.errors import (
    InsufficientStock,
    Invalid,
    InvalidQuantity,
    ReservationCommitted,
    ReservationReleased,
)
from subgraphs.inventory.events import StockLow, StockOut, StockUpdated
from subgraphs.inventory.model import (
    MAX_ON_HAND,
    LocationKind,
    LockedLevel,
    Reservation,
    ReservationStatus,
    StockLocation,
    StockSheet,
)

VARIANTS = [uuid7() for _ in range(3)]
PLACES = [uuid7() for _ in range(3)]


def level(variant: int = 0, place: int = 0, *, on_hand: int = 10, reserved: int = 0) -> LockedLevel:
    kind = LocationKind.WAREHOUSE if place == 0 else LocationKind.STORE
    return LockedLevel(uuid7(), VARIANTS[variant], PLACES[place], kind, on_hand, reserved, 10, 1)


@st.composite
def shelves(draw: st.DrawFn) -> list[LockedLevel]:
    levels: list[LockedLevel] = []
    for variant in range(3):
        for place in range(3):
            reserved = draw(st.integers(0, 5))
            levels.append(level(variant, place, on_hand=reserved + draw(st.integers(0, 5)), reserved=reserved))
    return levels


def available(levels: Sequence[LockedLevel], variant: int) -> int:
    return sum(level.available_now for level in levels if level.variant_id == VARIANTS[variant])


@given(shelves(), st.lists(st.integers(1, 18), min_size=3, max_size=3))
def test_what_is_not_short_is_held_in_full_and_never_more_than_is_there(levels: list[LockedLevel], asked: list[int]):
    sheet = StockSheet(levels)
    demand = {VARIANTS[number]: quantity for number, quantity in enumerate(asked)}
    short = sheet.short_variants(demand)
    before = [available(levels, variant) for variant in range(3)]
    for variant_id in short:
        del demand[variant_id]

    lines = sheet.reserve(demand)

    held: Counter[object] = Counter()
    for line in lines:
        assert line.quantity > 0
        held[line.variant_id] += line.quantity
    assert held == demand
    assert [VARIANTS[number] for number, quantity in enumerate(asked) if quantity > before[number]] == short
    assert all(item.available_now >= 0 for item in levels)


@given(shelves(), st.lists(st.integers(1, 5), min_size=3, max_size=3))
def test_giving_back_undoes_a_reservation_and_selling_takes_it_off_hand(levels: list[LockedLevel], asked: list[int]):
    sheet = StockSheet(levels)
    demand = {VARIANTS[number]: quantity for number, quantity in enumerate(asked)}
    for variant_id in sheet.short_variants(demand):
        del demand[variant_id]
    on_hand = sum(item.on_hand_now for item in levels)

    lines = sheet.reserve(demand)
    sheet.give_back(lines)
    assert sheet.changed() == []

    sheet.sell(sheet.reserve(demand))
    assert sum(item.on_hand_now for item in levels) == on_hand - sum(demand.values())
    assert all(item.reserved_change == 0 for item in levels)


def test_one_place_with_everything_is_preferred_and_warehouses_come_first():
    warehouse, store = level(place=0, on_hand=3), level(place=1, on_hand=9)

    assert [line.location_id for line in StockSheet([store, warehouse]).reserve({VARIANTS[0]: 3})] == [PLACES[0]]
    assert [line.location_id for line in StockSheet([level(place=0, on_hand=3), store]).reserve({VARIANTS[0]: 4})] == [
        PLACES[1]
    ]


def test_goods_that_are_promised_cannot_be_written_off():
    item = level(on_hand=5, reserved=4)

    with pytest.raises(InsufficientStock, match="only 1 available"):
        StockSheet([item]).adjust(item.key, -2)

    assert item.on_hand_now == 5


def test_a_level_has_a_largest_count():
    item = level(on_hand=MAX_ON_HAND)

    with pytest.raises(InvalidQuantity):
        StockSheet([item]).adjust(item.key, 1)


@pytest.mark.parametrize(
    ("on_hand", "taken", "expected"),
    [(12, 1, []), (11, 1, [StockLow]), (10, 1, []), (12, 12, [StockOut]), (3, 3, [StockOut])],
)
def test_low_and_out_are_told_when_the_threshold_is_crossed(on_hand: int, taken: int, expected: list[type]):
    item = level(on_hand=on_hand)
    sheet = StockSheet([item])

    sheet.reserve({VARIANTS[0]: taken})

    assert [type(fact) for fact in sheet.facts(uuid7())] == [StockUpdated, *expected]


def test_a_change_of_many_levels_is_told_in_facts_of_at_most_250():
    levels = [LockedLevel(uuid7(), uuid7(), PLACES[0], LocationKind.WAREHOUSE, 100, 0, 10, 1) for _ in range(501)]
    sheet = StockSheet(levels)
    sheet.reserve({item.variant_id: 1 for item in levels})

    facts = sheet.facts(uuid7())

    assert [len(fact.levels) for fact in facts if isinstance(fact, StockUpdated)] == [250, 250, 1]


EDGES = [
    ("commit", ReservationStatus.OPEN, True),
    ("commit", ReservationStatus.COMMITTED, False),
    ("commit", ReservationStatus.RELEASED, ReservationReleased),
    ("release", ReservationStatus.OPEN, True),
    ("release", ReservationStatus.RELEASED, False),
    ("release", ReservationStatus.COMMITTED, ReservationCommitted),
]


@pytest.mark.parametrize(("verb", "status", "expected"), EDGES)
def test_a_reservation_takes_only_legal_edges(verb: str, status: ReservationStatus, expected: bool | type[Exception]):
    reservation = Reservation(status=status)
    act = getattr(reservation, verb)

    if isinstance(expected, bool):
        assert act() is expected
    else:
        with pytest.raises(expected):
            act()
        assert reservation.status is status


@pytest.mark.parametrize(("code", "name"), [("", "A"), ("with space", "A"), ("a" * 33, "A"), ("A", " ")])
def test_a_location_has_a_code_and_a_name(code: str, name: str):
    with pytest.raises(Invalid):
        StockLocation.create(uuid7(), code=code, name=name, kind=LocationKind.STORE)
