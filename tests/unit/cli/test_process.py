import pytest

from cli import process
from cli.ports import Ports
from cli.product import Selection, Surroundings, product_programs


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    calls: list[tuple[object, ...]] = []
    monkeypatch.setattr(process, "run_app", lambda *ports: calls.append(("app", *ports)))
    monkeypatch.setattr(process, "run_subgraph", lambda name, port: calls.append((name, port)))
    recorders = {name: lambda port, part=name: calls.append((part, port)) for name in process._ON_ONE_PORT}
    monkeypatch.setattr(process, "_ON_ONE_PORT", recorders)
    return calls


def test_every_process_of_the_product_is_understood(monkeypatch: pytest.MonkeyPatch, started: list[tuple[object, ...]]):
    together = product_programs(Ports(), None, Surroundings())
    apart = product_programs(Ports(), Selection.every_part(), Surroundings())

    for program in (*together, *apart):
        monkeypatch.setattr("sys.argv", ["process", *program.command[3:]])
        process.main()

    assert started == [(program.name, *program.ready_ports) for program in (*together, *apart)]


@pytest.mark.parametrize("arguments", [[], ["tills", "--port", "1"], ["router"], ["subgraph", "--port", "1"]])
def test_anything_else_is_refused(monkeypatch: pytest.MonkeyPatch, arguments: list[str]):
    monkeypatch.setattr("sys.argv", ["process", *arguments])

    with pytest.raises(SystemExit) as end:
        process.main()

    assert end.value.code == 2
