"""`${NAME}` and `${NAME:default}` in the realm file, filled as Keycloak fills them on import."""

import re
from collections.abc import Mapping

_WITH_DEFAULT = 2
_PLACEHOLDER = re.compile(r"\$\{([A-Z][A-Z0-9_]*)(?::([^}]*))?\}")


class MissingPlaceholder(ValueError):
    """The realm file needs a value that was not given."""


def filled(text: str, values: Mapping[str, str]) -> str:
    """`text` with every placeholder replaced.

    Raises:
        MissingPlaceholder: one has neither a value nor a default. (Keycloak would leave it as it stands.)
    """

    def value_of(match: re.Match[str]) -> str:
        name = match.group(1)
        if name in values:
            return values[name]
        if match.lastindex == _WITH_DEFAULT:
            return match.group(_WITH_DEFAULT)
        raise MissingPlaceholder(f"the realm file needs a value for {name}")

    return _PLACEHOLDER.sub(value_of, text)
