"""What is kept of operations is bounded in number and in weight."""

from kernel.graphql.execution.cache import BoundedCache


def filled(*weights: int, most: int = 3, weight: int = 10) -> BoundedCache[str, str]:
    cache = BoundedCache[str, str](most=most, weight=weight)
    for name, each in zip("abcdef", weights, strict=False):
        cache.put(name, name.upper(), each)
    return cache


def kept(cache: BoundedCache[str, str]) -> list[str]:
    return [name for name in "abcdef" if cache.get(name) is not None]


def test_the_entry_unused_for_longest_goes_first():
    cache = filled(1, 1, 1)

    cache.get("a")
    cache.put("d", "D", 1)

    assert kept(cache) == ["a", "c", "d"]
    assert cache.get("b") is None


def test_heavy_entries_leave_less_room():
    assert kept(filled(4, 4, 4)) == ["b", "c"]
    assert kept(filled(4, 4, 10)) == ["c"]


def test_an_entry_that_is_too_heavy_is_not_kept_and_drives_no_other_out():
    assert kept(filled(4, 11)) == ["a"]
    assert kept(filled(4, 4, 11)) == ["a", "b"]


def test_an_entry_that_becomes_too_heavy_goes_alone():
    cache = filled(2, 2, 2)

    cache.put("b", "B", 11)

    assert kept(cache) == ["a", "c"]


def test_an_entry_may_become_heavier():
    cache = filled(2, 2, 2)

    cache.put("c", "C", 9)

    assert kept(cache) == ["c"]
    assert cache.get("c") == "C"
