import pytest

from cli.errors import CommandError
from cli.ports import Ports


def test_the_default_ports_are_the_documented_ones():
    ports = Ports()

    assert (ports.web_bff, ports.pos_bff, ports.router) == (8000, 8001, 4000)
    assert (ports.identity_provider, ports.payment_sandbox) == (8081, 8082)
    assert dict(ports.subgraphs()) == {
        "identity": 4101,
        "catalog": 4102,
        "inventory": 4103,
        "orders": 4104,
        "payments": 4105,
    }
    assert (ports.postgres, ports.redis) == (None, None)


def test_a_port_base_moves_every_port_and_none_twice():
    ports = Ports.from_base(9000)

    assert ports == Ports(9000, 9001, 9002, 9003, 9004, 9007, 9008, 9005, 9006, 9101)
    assert ports.subgraph("payments") == 9105


@pytest.mark.parametrize("base", [80, 0, -1, 65_535, 65_431])
def test_a_port_base_out_of_range_is_refused(base: int):
    with pytest.raises(CommandError, match=rf"^--port-base must lie between 1024 and 65429, not {base}$"):
        Ports.from_base(base)
