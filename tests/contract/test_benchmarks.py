"""The benchmarks compare like with like: every way they time gives the same answer."""

from bench.execution.__main__ import shop_page_ways
from bench.execution.alternating import checked
from bench.execution.shapes import shapes


async def test_every_way_to_the_shop_page_gives_the_same_json():
    answer = await checked(shop_page_ways())

    assert len(answer) == 9_894


async def test_every_way_to_another_shape_gives_the_same_json():
    sizes = {name: len(await checked(ways)) for name, ways in shapes()}

    assert len(sizes) == 8
    assert min(sizes.values()) > 20
