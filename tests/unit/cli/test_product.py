import pytest

from cli.errors import CommandError
from cli.ports import Ports
from cli.product import PARTS, Selection, Surroundings, product_programs


def _names(selection: Selection | None, surroundings: Surroundings | None = None) -> list[str]:
    return [program.name for program in product_programs(Ports(), selection, surroundings or Surroundings())]


def test_by_default_one_process_holds_the_graph_and_one_the_workers():
    assert _names(None) == ["identity-provider", "payment-sandbox", "mail-sink", "app", "worker"]


def test_separately_every_part_is_a_process_and_starts_after_what_it_calls():
    assert _names(Selection.every_part()) == [
        "identity-provider",
        "payment-sandbox",
        "mail-sink",
        "identity",
        "catalog",
        "inventory",
        "orders",
        "payments",
        "router",
        "worker",
        "bff-web",
        "bff-pos",
    ]


def test_a_selection_starts_only_its_parts_whatever_their_order():
    assert _names(Selection.of("inventory, catalog"))[3:] == ["catalog", "inventory"]


def test_parts_without_the_others_need_only_answer_to_count_as_started():
    programs = product_programs(Ports(), Selection.of("router"), Surroundings())

    assert {program.name: program.ready_path for program in programs} == {
        "identity-provider": "/health/ready",
        "payment-sandbox": "/health/ready",
        "mail-sink": "/health/ready",
        "router": "/health/live",
    }


def test_an_own_identity_provider_replaces_the_development_one():
    assert "identity-provider" not in _names(None, Surroundings(has_identity_provider=False))


@pytest.mark.parametrize(("names", "unknown"), [("catalog,tills", "tills"), ("", "nothing"), (" , ", "nothing")])
def test_an_unknown_part_is_refused_with_the_known_ones(names: str, unknown: str):
    with pytest.raises(CommandError) as refusal:
        Selection.of(names)

    assert str(refusal.value) == f"--only knows {', '.join(PARTS)}; not {unknown}"


def test_only_workers_are_restarted():
    programs = product_programs(Ports(), Selection.every_part(), Surroundings())

    assert [program.name for program in programs if program.is_restarted] == ["worker"]


def test_each_process_serves_on_the_port_it_is_asked_about():
    programs = product_programs(Ports.from_base(9000), Selection.every_part(), Surroundings())

    assert {program.name: program.ready_ports for program in programs}["orders"] == [9104]
    assert all(str(port) in program.command for program in programs for port in program.ready_ports)


def test_processes_start_without_loading_the_command_line():
    programs = [*product_programs(Ports(), Selection.every_part(), Surroundings())]

    assert {tuple(program.command[1:3]) for program in programs} == {("-m", "cli.process")}
