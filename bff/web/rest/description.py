"""The published OpenAPI description, as the contract that requests are held against."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final, Protocol, TypeAlias, cast

import orjson
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from bff.web.rest.endpoints import Endpoint, operation_id
from bff.web.rest.problems import ProblemError, Refused

_Json: TypeAlias = Mapping[str, object]
_BAD: Final = "BAD_USER_INPUT"
_MOST_REASONS: Final = 10


class _Checks(Protocol):
    def iter_errors(self, instance: object) -> Iterator[ValidationError]: ...


class NotDescribed(ValueError):
    """An endpoint is missing in the description: `./retailflow compose` writes it."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter in the path, the query string or a header."""

    name: str
    place: str
    is_required: bool
    type: str
    checks: Draft202012Validator


@dataclass(frozen=True, slots=True)
class Contract:
    """What an endpoint takes. `body` is None where it takes none."""

    parameters: tuple[Parameter, ...]
    body: Draft202012Validator | None


class Description:
    """The file's bytes, and the contract of each endpoint in it."""

    def __init__(self, file: Path) -> None:
        self.text = file.read_bytes()
        document = cast("_Json", orjson.loads(self.text))
        self._components = document["components"]
        paths = cast("Mapping[str, Mapping[str, _Json]]", document["paths"])
        self._operations = {
            str(operation["operationId"]): operation for methods in paths.values() for operation in methods.values()
        }

    def contract_of(self, endpoint: Endpoint) -> Contract:
        """The contract of an endpoint.

        Raises:
            NotDescribed: the file is older than the endpoint.
        """
        operation = self._operations.get(operation_id(endpoint))
        if operation is None:
            raise NotDescribed(operation_id(endpoint))
        parameters = cast("list[_Json]", operation["parameters"])
        body = cast("Mapping[str, Mapping[str, Mapping[str, _Json]]] | None", operation.get("requestBody"))
        return Contract(
            tuple(self._parameter(parameter) for parameter in parameters),
            self._checks(body["content"]["application/json"]["schema"]) if body is not None else None,
        )

    def _parameter(self, parameter: _Json) -> Parameter:
        schema = cast("_Json", parameter["schema"])
        return Parameter(
            str(parameter["name"]),
            str(parameter["in"]),
            parameter["required"] is True,
            str(schema["type"]),
            self._checks(schema),
        )

    def _checks(self, schema: _Json) -> Draft202012Validator:
        return Draft202012Validator({**schema, "components": self._components})


def require_conforming(checks: Draft202012Validator, value: object, *prefix: str) -> None:
    """Refuse what the contract does not allow.

    Raises:
        ProblemError: 400, with each place at fault.
    """
    found = list(_first_errors(checks, value))
    if found:
        raise ProblemError(400, [Refused(_BAD, _said(error), (*prefix, *map(str, error.path))) for error in found])


def _first_errors(checks: Draft202012Validator, value: object) -> Iterator[ValidationError]:
    yield from islice(cast("_Checks", checks).iter_errors(value), _MOST_REASONS)


def _said(error: ValidationError) -> str:
    # the library's own message repeats what was sent, which may be long, or personal
    name = str(error.validator)
    wanted = error.validator_value
    return f"violates {name}: {wanted}" if isinstance(wanted, str | int | list) else f"violates {name}"
