import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kernel.telemetry import bind_request, bind_tenant, clear_request, configure_logging, get_logger

log = get_logger("shop.counter")
Output = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def output(capsys: pytest.CaptureFixture[str]) -> Iterator[Output]:
    """Reads the lines that were written; they are JSON."""

    def lines() -> list[dict[str, Any]]:
        found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        return [{name: value for name, value in line.items() if name != "timestamp"} for line in found]

    root = logging.getLogger()
    before = (list(root.handlers), root.level)
    yield lines
    clear_request()
    root.handlers[:], root.level = before[0], before[1]


def test_a_fact_is_one_line_with_its_fields_and_the_request(output: Output):
    configure_logging("shop")
    bind_request(request_id="r-1", trace_id="0af7")
    bind_tenant("lumen")

    log.info("till_opened", till=7)

    assert output() == [
        {
            "event": "till_opened",
            "till": 7,
            "level": "info",
            "logger": "shop.counter",
            "request_id": "r-1",
            "trace_id": "0af7",
            "tenant": "lumen",
            "service": "shop",
        }
    ]


def test_an_unexpected_error_is_written_with_its_stack(output: Output):
    configure_logging("shop")

    try:
        divmod(1, 0)
    except ZeroDivisionError:
        log.exception("till_failed")

    [line] = output()
    stack = line.pop("exception")
    assert line == {"event": "till_failed", "level": "error", "logger": "shop.counter", "service": "shop"}
    assert stack.splitlines()[0] == "Traceback (most recent call last):"
    assert stack.splitlines()[-1] == "ZeroDivisionError: integer division or modulo by zero"


@pytest.mark.parametrize("message", ["ready", {"event": "ready"}], ids=str)
def test_other_libraries_write_the_same_kind_of_line(output: Output, message: object):
    configure_logging("shop")

    logging.getLogger("a.library").warning(message)

    [line] = output()
    assert (line["level"], line["logger"], line["service"]) == ("warning", "a.library", "shop")
    assert "ready" in str(line["event"])


def test_what_is_below_the_level_is_not_written(output: Output):
    configure_logging("shop", level="WARNING")

    log.info("till_opened")
    logging.getLogger("a.library").info("ready")

    assert output() == []


@pytest.mark.parametrize("value", ["\ud800", 2**70, {1: "one"}], ids=["half a character", "a large number", "keys"])
def test_what_is_no_usual_json_is_written_nevertheless(output: Output, value: object):
    configure_logging("shop")

    log.info("goods_counted", counted=value)

    [line] = output()
    assert line["event"] == "goods_counted"
    assert line["counted"] == (value if not isinstance(value, dict) else {"1": "one"})
