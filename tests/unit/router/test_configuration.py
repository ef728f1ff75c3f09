"""The router's configuration file: what it says, what it inherits, and how mistakes are told."""

import re
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from router.configuration import InvalidConfiguration, read_configuration
from router.execution.response_headers import ResponseHeaderRule, Take
from router.execution.transport.request_headers import HeaderRules
from router.execution.transport.traffic import BreakerRules, BulkheadRules, ReplicaRules, RetryRules, Traffic
from router.settings import RouterSettings

_PAGE = Path(__file__).parents[3] / "docs" / "operations" / "router.md"
_GROUPS = {
    "retries": RetryRules,
    "breaker": BreakerRules,
    "bulkhead": BulkheadRules,
    "replicas": ReplicaRules,
    "request_headers": HeaderRules,
}


def _read(tmp_path, text, **traffic):
    path = tmp_path / "router.yaml"
    path.write_text(text)
    return read_configuration(path, traffic)


def test_a_subgraph_inherits_key_by_key(tmp_path):
    found = _read(
        tmp_path,
        """
        defaults: {timeout_seconds: 5, retries: {count: 2, budget: 0.2}}
        subgraphs:
          catalog: {retries: {count: 0}, urls: [http://a/graphql, http://b/graphql]}
          stock:
        """,
        timeout_seconds=9,
        max_answer_bytes=77,
    )

    catalog, stock, other = found.traffic(["catalog", "stock", "other"]).values()
    assert (catalog.retries.count, catalog.retries.budget, catalog.timeout_seconds) == (0, 0.2, 5)
    assert list(catalog.urls) == ["http://a/graphql", "http://b/graphql"]
    assert (stock, other) == (found.defaults, found.defaults)
    assert (stock.retries.count, stock.timeout_seconds, stock.max_answer_bytes) == (2, 5, 77)


def test_json_is_understood_too(tmp_path):
    found = _read(tmp_path, '{"response_headers": [{"name": "Cache-Control", "take": "strictest"}]}')

    assert list(found.response_headers) == [ResponseHeaderRule("cache-control", Take.STRICTEST)]


def test_a_breaker_can_be_switched_off(tmp_path):
    assert _read(tmp_path, "defaults: {breaker: null}").defaults.breaker is None


def test_without_a_file_everything_has_its_default():
    settings = RouterSettings(subgraph_seconds=3, max_answer_bytes=5)

    assert (settings.configuration.defaults.timeout_seconds, settings.configuration.defaults.max_answer_bytes) == (3, 5)
    assert settings.configuration.compression is None


@pytest.mark.parametrize(
    ("text", "field", "reason"),
    [
        ("defaults: {timeout_seconds: 0}", "defaults.timeout_seconds", "greater than 0"),
        ("defaults: {timeout_seconds: soon}", "defaults.timeout_seconds", "valid number"),
        ("defaults: {retries: {count: 99}}", "defaults.retries.count", "less than or equal to 10"),
        ("defaults: {retries: {budget: 2}}", "defaults.retries.budget", "less than or equal to 1"),
        ("defaults: {retries: 3}", "defaults.retries", "dictionary or an instance of RetryRules"),
        ("defaults: {timeout: 5}", "defaults.timeout", "Unexpected keyword argument"),
        ("subgraphs: {catalog: {bulkhead: {concurrent: 0}}}", "subgraphs.catalog.bulkhead.concurrent", "equal to 1"),
        ("subgraphs: {catalog: 5}", "subgraphs.catalog", "must be a mapping"),
        ("subgraphs: [catalog]", "subgraphs", "must be a mapping"),
        ("subgraph: {}", "subgraph", "Unexpected keyword argument"),
        ("[]", "router.yaml", "must be a mapping"),
        ("a: [", "router.yaml", "neither YAML nor JSON"),
        ("defaults: {request_headers: {allow: [Host]}}", "request_headers.allow.0", "host is never passed on"),
        ("defaults: {request_headers: {allow: ['x y']}}", "request_headers.allow.0", "should match pattern"),
        ('defaults: {request_headers: {set: {x: "a\\r\\nb"}}}', "request_headers.set.x", "should match pattern"),
        ("response_headers: [{name: connection}]", "response_headers.0.name", "connection is never passed on"),
        ("response_headers: [{name: x, take: strictest}]", "response_headers.0", "cache-control only"),
        ("response_headers: [{name: x, take: all}]", "response_headers.0.take", "'first', 'last', 'append'"),
        ("compression: {minimum_bytes: -1}", "compression.minimum_bytes", "greater than or equal to 0"),
        ("defaults: {ca_file: 5}", "defaults.ca_file", "not a valid path"),
    ],
)
def test_a_mistake_is_told_with_its_field_and_reason(tmp_path, text, field, reason):
    with pytest.raises(InvalidConfiguration) as caught:
        _read(tmp_path, text)

    told = str(caught.value)
    assert (field in told, reason in told, "router.yaml" in told) == (True, True, True), told


def test_every_mistake_is_told_at_once(tmp_path):
    with pytest.raises(InvalidConfiguration) as caught:
        _read(tmp_path, "{defaults: {timeout_seconds: 0, breaker: {failure_rate: 7}}, compression: {a: 1}}")

    assert len(str(caught.value).splitlines()) == 3


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(InvalidConfiguration, match=r"none\.yaml: cannot be read"):
        read_configuration(tmp_path / "none.yaml")


def test_a_subgraph_the_graph_does_not_have_is_told(tmp_path):
    found = _read(tmp_path, "subgraphs: {catalogue: {timeout_seconds: 1}}")

    with pytest.raises(InvalidConfiguration, match=r"^subgraphs\.catalogue: the graph has only: catalog, stock$"):
        found.check_names(["stock", "catalog"])


def test_the_documented_file_is_understood(tmp_path):
    [example] = re.findall(r"```yaml\n(.*?)```", _PAGE.read_text(), flags=re.DOTALL)
    authority = tmp_path / "ca.pem"
    authority.touch()

    found = _read(tmp_path, example.replace("/etc/retailflow/ca.pem", str(authority)))

    assert (found.defaults.timeout_seconds, found.subgraphs["stock"].timeout_seconds) == (5, 2)
    assert found.subgraphs["catalog"].ca_file == authority


def test_every_key_of_a_subgraph_is_documented():
    page = _PAGE.read_text()
    keys = [
        f"{outer.name}.{inner.name}" if is_dataclass(kind) else outer.name
        for outer in fields(Traffic)
        for kind in [_GROUPS.get(outer.name)]
        for inner in (fields(kind) if kind is not None else [outer])
    ]

    assert [key for key in keys if f"| `{key}` |" not in page] == []
    assert len(keys) == 23
