"""What a page's own scripts and style sheets carry and its content security policy names: once per answer."""

import secrets
from typing import Final

from starlette.requests import Request

_NAME: Final = "retailflow.nonce"
_BYTES: Final = 18


def nonce_of(request: Request) -> str:
    """The same for the page and the policy of one request."""
    return str(request.scope.setdefault(_NAME, secrets.token_urlsafe(_BYTES)))
