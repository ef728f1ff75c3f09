"""The file that lists a graph's subgraphs: YAML as other composers take it, or a JSON list of `{name, url, sdl}`."""

import os
import re
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Final, Self, TypeAlias, cast

import orjson
import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from kernel.subgraph import JsonValue
from router.command_line.failure import SourceError, SourceErrorCode, SourcesUnreadable
from router.composition.federation_specification import NEWEST_MINOR

_VARIABLE: Final = re.compile(r"\$\{env\.([A-Za-z_][A-Za-z0-9_]*)\}")
_TEXT_TAG: Final = "tag:yaml.org,2002:str"
_MERGE_TAG: Final = "tag:yaml.org,2002:merge"
_VERSION: Final = re.compile(r"=?2(?:\.(?P<minor>\d+)(?:\.\d+)?)?")


def _http_url(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    return text


def _known_version(version: str | float) -> str:
    text = str(version)
    match = _VERSION.fullmatch(text)
    if match is None or int(match["minor"] or 0) > NEWEST_MINOR:
        raise ValueError(f'"{text}" is not known; known are 2 and 2.0 to 2.{NEWEST_MINOR}')
    return text


YamlTree: TypeAlias = "Mapping[str, YamlTree] | list[YamlTree] | str | float | bool | None"
HttpUrl: TypeAlias = Annotated[str, AfterValidator(_http_url)]
FederationVersion: TypeAlias = Annotated[str | int | float, AfterValidator(_known_version)]


class _YamlFault(yaml.MarkedYAMLError):
    """Valid YAML that this file must not hold."""


class _Part(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True, strict=True)


class SdlLocation(_Part):
    """Where a subgraph's SDL is: exactly one of a file, the running subgraph, or the text itself.

    A subgraph that asks for the router's proof gets one with the key in `caller_key_file`.
    """

    file: str | None = None
    subgraph_url: HttpUrl | None = None
    introspection_headers: dict[str, str] = {}
    caller_key_file: str | None = None
    sdl: str | None = None

    @model_validator(mode="after")
    def _is_one_place(self) -> Self:
        if sum(place is not None for place in (self.file, self.subgraph_url, self.sdl)) != 1:
            raise ValueError("needs exactly one of file, subgraph_url, sdl")
        return self


class SubgraphEntry(_Part):
    """One subgraph as the file describes it."""

    routing_url: HttpUrl | None = None
    location: SdlLocation = Field(alias="schema")

    @model_validator(mode="after")
    def _can_be_reached(self) -> Self:
        if self.routing_url is None and self.location.subgraph_url is None:
            raise ValueError("needs a routing_url: where the router sends requests")
        return self


class _GraphFile(_Part):
    federation_version: FederationVersion = "2"
    subgraphs: dict[str, SubgraphEntry] = Field(min_length=1)


class ListedSubgraph(_Part):
    """A subgraph of the graph: `folder` is what a relative file name is relative to."""

    name: str
    url: str
    location: SdlLocation
    folder: Path


def read_graph_file(path: Path) -> tuple[ListedSubgraph, ...]:
    """The subgraphs that the file lists.

    Raises:
        SourcesUnreadable: the file cannot be read, or a field of it is wrong; all such fields are named.
    """
    text = _text(path)
    if path.suffix in {".yaml", ".yml"}:
        return _from_yaml(text, path)
    return _from_json(text, path)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise _unreadable(f"{path} is not UTF-8: {error.reason} at byte {error.start}") from error
    except OSError as error:
        raise _unreadable(f"{path} cannot be read: {error.strerror}") from error


def _from_yaml(text: str, path: Path) -> tuple[ListedSubgraph, ...]:
    try:
        tree: object = yaml.load(text, _UniqueKeyLoader)  # noqa: S506 - a SafeLoader that minds its keys
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise _invalid(f"{path} is not YAML{place}: {error.problem or error.context}") from error
    except yaml.YAMLError as error:
        raise _invalid(f"{path} is not YAML: {error}") from error
    if not isinstance(tree, dict):
        raise _invalid(f"{path} must hold a mapping with the key subgraphs")
    try:
        graph = _GraphFile.model_validate(_with_variables(cast("YamlTree", tree)))
    except ValidationError as error:
        raise SourcesUnreadable(_field_errors(error)) from error
    return tuple(
        ListedSubgraph(
            name=name,
            url=entry.routing_url or entry.location.subgraph_url or "",
            location=entry.location,
            folder=path.parent,
        )
        for name, entry in graph.subgraphs.items()
    )


def _from_json(text: str, path: Path) -> tuple[ListedSubgraph, ...]:
    try:
        tree: JsonValue = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise _invalid(f"{path} is not JSON: {error}") from error
    if not isinstance(tree, list):
        raise _invalid(f"{path} must hold a list of {{name, url, sdl}}")
    return tuple(_listed(item, index, path) for index, item in enumerate(tree))


def _listed(item: JsonValue, index: int, path: Path) -> ListedSubgraph:
    match item:
        case {"name": str(name), "url": str(url), "sdl": str(sdl)}:
            return ListedSubgraph(name=name, url=url, location=SdlLocation(sdl=sdl), folder=path.parent)
        case _:
            raise _invalid(f"{path}: every entry needs the texts name, url and sdl", f"[{index}]")


def _with_variables(tree: YamlTree) -> YamlTree:
    """`${env.NAME}` in texts is the variable of the environment, so that a token need not stand in the file."""
    if isinstance(tree, str):
        return _VARIABLE.sub(_variable, tree)
    if isinstance(tree, list):
        return [_with_variables(item) for item in tree]
    if isinstance(tree, Mapping):
        return {key: _with_variables(value) for key, value in tree.items()}
    return tree


def _variable(match: re.Match[str]) -> str:
    value = os.environ.get(match[1])
    if value is None:
        raise _invalid(f"the environment has no variable {match[1]}", match[0])
    return value


class _UniqueKeyLoader(yaml.SafeLoader):
    """Refuses a key given twice, which YAML's own loader answers with the last one, and keys that are no text."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, object]:  # noqa: FBT001, FBT002
        seen: set[str] = set()
        pairs: list[tuple[yaml.Node, yaml.Node]] = node.value
        for key_node, _ in pairs:
            key = str(key_node.value)
            if key_node.tag == _MERGE_TAG:
                continue
            if key_node.tag != _TEXT_TAG:
                raise _YamlFault(None, None, f"the key {key} is no text: quote it", key_node.start_mark)
            if key in seen:
                raise _YamlFault(None, None, f'the key "{key}" is given twice', key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


def _field_errors(error: ValidationError) -> list[SourceError]:
    return [
        SourceError(SourceErrorCode.CONFIG_INVALID, _reason(item["type"], item["msg"]), _place(item["loc"]))
        for item in error.errors(include_url=False)
    ]


def _place(steps: tuple[int | str, ...]) -> str:
    # pydantic adds which branch of a union it tried; a person looks for the field
    return ".".join(str(step) for step in steps if step not in {"str", "int", "float"})


def _reason(kind: str, message: str) -> str:
    reasons = {"extra_forbidden": "is not a field known here", "missing": "is missing"}
    return reasons.get(kind, message.removeprefix("Value error, "))


def _invalid(message: str, field: str = "") -> SourcesUnreadable:
    return SourcesUnreadable([SourceError(SourceErrorCode.CONFIG_INVALID, message, field)])


def _unreadable(message: str) -> SourcesUnreadable:
    return SourcesUnreadable([SourceError(SourceErrorCode.CONFIG_UNREADABLE, message)])
