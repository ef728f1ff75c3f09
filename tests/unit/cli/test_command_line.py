from pathlib import Path

import pytest
from aiosmtpd.smtp import Envelope

from cli.app import main
from cli.commands.logs import readable
from cli.mail_sink import MailFolder


def _run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *arguments: str) -> int | str | None:
    monkeypatch.setenv("RETAILFLOW_STATE_FOLDER", str(tmp_path / "state"))
    monkeypatch.setattr("sys.argv", ["retailflow", *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    return end.value.code


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["up", "--only", "tills"], "retailflow: --only knows identity,"),
        (["up", "--port-base", "80"], "retailflow: --port-base must lie between 1024 and 65429, not 80"),
        (["serve", "subgraph", "tills"], "retailflow: there is no subgraph tills: choose one of identity,"),
        (["mail", "3"], "retailflow: there is no mail 3: the folder has 0"),
        (["logs", "router"], "retailflow: there is no log of router: there is one of nothing yet"),
    ],
)
def test_a_wrong_argument_is_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: list[str], complaint: str
):
    code = _run(monkeypatch, tmp_path, *arguments)

    assert str(code).startswith(complaint)
    assert "\n" not in str(code)


@pytest.mark.parametrize("arguments", [["up", "--port-base", "many"], ["serve", "router", "--port", "0"], ["upp"]])
def test_what_the_parser_refuses_ends_with_code_2(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: list[str]
):
    assert _run(monkeypatch, tmp_path, *arguments) == 2


def test_down_and_status_say_when_nothing_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert _run(monkeypatch, tmp_path, "down") == 0
    assert _run(monkeypatch, tmp_path, "status") == 3

    assert capsys.readouterr().out == "nothing is running\nnothing is running: start it with ./retailflow up\n"


def test_a_full_disk_anywhere_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    def full(_folder: object, *_arguments: object) -> None:
        raise OSError(28, "No space left on device", "/somewhere/file")

    monkeypatch.setattr("cli.commands.up.require_disk", full)

    code = _run(monkeypatch, tmp_path, "up")

    assert code == "retailflow: the disk is full (/somewhere/file): free some space and start again"


def test_up_with_a_taken_port_starts_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr("cli.preflight.is_port_free", lambda port: port != 9001)

    code = _run(monkeypatch, tmp_path, "up", "--port-base", "9000")

    assert str(code).startswith("retailflow: port 9001 (router) is taken by another program")
    assert not (tmp_path / "state" / "postgres").exists()


def test_a_state_folder_that_cannot_be_made_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "state").write_text("in the way")

    code = _run(monkeypatch, tmp_path, "down")

    assert str(code) == f"retailflow: cannot use the state folder {tmp_path / 'state'}: File exists"


def test_log_lines_are_readable():
    line = '{"event":"stock_reserved","level":"info","timestamp":"2026-01-02T03:04:05.678901Z","order_id":7}'

    assert readable("worker", line).plain == "03:04:05.678 worker             stock_reserved order_id=7"
    assert readable("worker", "Traceback").plain == "worker             Traceback"


def test_the_list_of_mails_is_whole_where_no_terminal_reads_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    recipient = f"{'a' * 60}@lumen.example"
    envelope = Envelope()
    envelope.original_content, envelope.rcpt_tos = b"Subject: Welcome\r\n\r\n", [recipient]
    MailFolder(tmp_path / "state" / "mail").keep(envelope)

    code = _run(monkeypatch, tmp_path, "mail")

    assert code == 0
    listed = capsys.readouterr().out.splitlines()
    assert [line.split()[-2:] for line in listed[1:]] == [[recipient, "Welcome"]]
