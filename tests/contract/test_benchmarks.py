"""The benchmarks compare like with like: every way they time gives the same answer."""

from bench.execution.__main__ import shop_page_ways
from bench.execution.alternating import checked
from bench.execution.shapes import shapes
from bench.router.__main__ import Plan, measured
from bench.router.candidates import LIMIT, OURS, OURS_SHARING, opened_field


async def test_every_way_to_the_shop_page_gives_the_same_json():
    answer = await checked(shop_page_ways())

    assert len(answer) == 9_894


async def test_every_way_to_another_shape_gives_the_same_json():
    sizes = {name: len(await checked(ways)) for name, ways in shapes()}

    assert len(sizes) == 8
    assert min(sizes.values()) > 20


async def test_our_router_and_the_endpoint_by_hand_answer_alike_with_the_same_subgraph_requests():
    async with opened_field([OURS, OURS_SHARING, LIMIT], peers=None) as field:
        results, sizes = await measured(field, Plan(rounds=1, seconds=0.05, connections=2, warm_up_seconds=0.0))

    assert sizes == {"deep": 87_045, "small": 71}
    assert {name: found.subgraph_requests for name, found in results["deep"].items()} == {
        OURS: 6,
        OURS_SHARING: 6,
        LIMIT: 6,
    }
    assert {name: found.subgraph_requests for name, found in results["small"].items()} == {
        OURS: 1,
        OURS_SHARING: 1,
        LIMIT: 1,
    }
