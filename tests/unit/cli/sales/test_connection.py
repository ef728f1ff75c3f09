"""How the commands find the shop."""

from uuid import UUID

import pytest

from cli.errors import CommandError
from cli.ports import Ports
from cli.sales.connection import connect, tenant_id_of
from cli.state import RunningProduct, StateFolder
from tests.factories.product import LUMEN, SAKURA

VARIABLES = {
    "RETAILFLOW_ROUTER_URL": "http://127.0.0.1:1/graphql",
    "RETAILFLOW_TOKEN_URL": "http://127.0.0.1:1/token",
    "RETAILFLOW_SALES_IMPORT_SECRET": "secret",
}


def test_demo_tenants_have_names_and_others_their_ids():
    other = UUID("01920000-0000-7000-8000-0000000000aa")

    assert [tenant_id_of(name) for name in ("lumen", "sakura", str(other))] == [LUMEN, SAKURA, other]
    with pytest.raises(CommandError, match="--tenant must be lumen or sakura, or a tenant's UUID, not acme"):
        tenant_id_of("acme")


def test_the_running_product_tells_where_it_is(tmp_path):
    state = StateFolder(tmp_path)
    state.write_running(RunningProduct(pid=1, ports=Ports(), environment=VARIABLES, processes={}))

    assert connect(state, LUMEN, person={}).tenant_id == LUMEN


def test_the_persons_variables_do_without_a_running_product(tmp_path):
    assert connect(StateFolder(tmp_path), SAKURA, person=VARIABLES).tenant_id == SAKURA


def test_nothing_running_is_one_line_that_says_what_to_do(tmp_path):
    person = {"RETAILFLOW_ROUTER_URL": "http://127.0.0.1:1/graphql"}

    with pytest.raises(
        CommandError,
        match=r"start it with \./retailflow up, or set RETAILFLOW_TOKEN_URL, RETAILFLOW_SALES_IMPORT_SECRET$",
    ):
        connect(StateFolder(tmp_path), LUMEN, person=person)
