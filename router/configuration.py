"""The router's configuration file (YAML or JSON): traffic per subgraph, headers, compression.

    defaults: {timeout_seconds: 5, retries: {count: 2}}
    subgraphs:
      catalog:
        urls: [http://catalog-1:8000/graphql, http://catalog-2:8000/graphql]
        timeout_seconds: 2
    response_headers:
      - {name: cache-control, take: strictest}
    compression: {minimum_bytes: 1024}

What a subgraph does not say is taken from `defaults`, key by key. docs/operations/router.md lists every key.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from pathlib import Path
from typing import Annotated, ClassVar, Final, TypeAlias, cast

import yaml
from annotated_types import Ge
from pydantic import ConfigDict, TypeAdapter, ValidationError

from router.execution.response_headers import ResponseHeaderRule
from router.execution.transport.traffic import STRICT, Traffic

_Raw: TypeAlias = Mapping[str, object]
_NOTHING: Final[_Raw] = {}


class InvalidConfiguration(Exception):
    """The file cannot be used; the message has a line `file: field: reason` for everything that is wrong."""

    code: Final = "INVALID_CONFIGURATION"


@dataclass(frozen=True, slots=True)
class Compression:
    """Answers of at least `minimum_bytes` are packed for clients that accept gzip."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    minimum_bytes: Annotated[int, Ge(0)] = 1_024


@dataclass(frozen=True, slots=True)
class RouterConfiguration:
    """What the file says; `traffic` of a subgraph it does not name is `defaults`."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    defaults: Traffic = dataclass_field(default_factory=Traffic)
    subgraphs: Mapping[str, Traffic] = dataclass_field(default_factory=dict[str, Traffic])
    response_headers: Sequence[ResponseHeaderRule] = ()
    compression: Compression | None = None

    def traffic(self, subgraphs: Iterable[str]) -> Mapping[str, Traffic]:
        """The settings of each subgraph of a graph."""
        return {name: self.subgraphs.get(name, self.defaults) for name in subgraphs}

    def check_names(self, subgraphs: Iterable[str]) -> None:
        """Refuse a file that is about another graph.

        Raises:
            InvalidConfiguration: it names a subgraph the graph does not have.
        """
        known = sorted(subgraphs)
        unknown = sorted(self.subgraphs.keys() - set(known))
        if unknown:
            raise InvalidConfiguration(f"subgraphs.{unknown[0]}: the graph has only: {', '.join(known)}")


def read_configuration(path: Path | None, traffic: _Raw = _NOTHING) -> RouterConfiguration:
    """The configuration of a file; without one, that of an empty file. `traffic` stands below the file's defaults.

    Raises:
        InvalidConfiguration: the file is missing, not YAML, or has fields that are unknown or of wrong values.
    """
    raw = _loaded(path) if path is not None else _NOTHING
    place = str(path) if path is not None else "configuration"
    defaults = _merged(traffic, _mapping(raw.get("defaults"), f"{place}: defaults"))
    named = _mapping(raw.get("subgraphs"), f"{place}: subgraphs")
    subgraphs = {name: _merged(defaults, _mapping(own, f"{place}: subgraphs.{name}")) for name, own in named.items()}
    whole = {**raw, "defaults": defaults, "subgraphs": subgraphs}
    try:
        return TypeAdapter(RouterConfiguration).validate_python(whole)
    except ValidationError as error:
        lines = [f"{place}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()]
        raise InvalidConfiguration("\n".join(lines)) from None


def _loaded(path: Path) -> _Raw:
    try:
        raw: object = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidConfiguration(f"{path}: cannot be read: {error}") from error
    except yaml.YAMLError as error:
        raise InvalidConfiguration(f"{path}: is neither YAML nor JSON: {error}") from error
    return _mapping(raw, str(path))


def _mapping(raw: object, place: str) -> _Raw:
    if raw is None:
        return _NOTHING
    if not isinstance(raw, dict):
        raise InvalidConfiguration(f"{place}: must be a mapping")
    return {str(key): value for key, value in cast("dict[object, object]", raw).items()}


def _merged(below: _Raw, above: _Raw) -> _Raw:
    merged = dict(below)
    for key, value in above.items():
        known = merged.get(key)
        if isinstance(known, Mapping) and isinstance(value, dict):
            merged[key] = _merged(cast("_Raw", known), cast("_Raw", value))
        else:
            merged[key] = value
    return merged
