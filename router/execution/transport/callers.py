"""The keys with which calls to subgraphs are proven to come from the router."""

from collections.abc import Collection, Mapping

from pydantic import SecretStr

from kernel.caller_proof import CallerProver, WeakCallerKey
from router.configuration import InvalidConfiguration
from router.execution.transport.traffic import Traffic


def callers_of(
    subgraphs: Collection[str], traffic: Mapping[str, Traffic], keys: Mapping[str, SecretStr]
) -> Mapping[str, CallerProver]:
    """A prover for each subgraph that has a key: in the file its traffic rules name, else in `keys`.

    Raises:
        InvalidConfiguration: a key is too short, or its file cannot be read.
    """
    found = {name: keys[name].get_secret_value() for name in subgraphs if name in keys}
    for name, rules in traffic.items():
        if rules.caller_key_file is not None:
            found[name] = _read(name, rules)
    try:
        return {name: CallerProver(name, key) for name, key in found.items()}
    except WeakCallerKey as error:
        raise InvalidConfiguration(str(error)) from error


def _read(name: str, rules: Traffic) -> str:
    path = rules.caller_key_file
    try:
        return path.read_text(encoding="utf-8").strip() if path is not None else ""
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidConfiguration(f"subgraphs.{name}.caller_key_file: cannot be read: {error}") from error
