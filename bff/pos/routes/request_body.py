"""Bodies of the till's own requests: a JSON object of texts, from our own pages only."""

from typing import Final, cast

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request

from bff.session.csrf import is_json, require_same_site_request
from bff.session.parts import parts_of
from kernel.errors import BadUserInput

_MAX_TEXT_LENGTH: Final = 512


async def texts_of(request: Request, *names: str) -> list[str]:
    """The members of these names, in order.

    Raises:
        Forbidden: the request does not come from our own pages.
        BadUserInput: a member is missing, or no text.
    """
    require_same_site_request(request.headers, *parts_of(request).settings.script_origins)
    if not names:
        return []
    if not is_json(request.headers.get("content-type")):
        raise HTTPException(415, "the body must be application/json")
    try:
        body: object = orjson.loads(await request.body())
    except orjson.JSONDecodeError:
        raise BadUserInput("the body is not JSON") from None
    members = cast("dict[str, object]", body) if isinstance(body, dict) else {}
    given = [members.get(name) for name in names]
    texts = [value for value in given if isinstance(value, str) and 0 < len(value) <= _MAX_TEXT_LENGTH]
    if len(texts) != len(names):
        raise BadUserInput(f"the texts {', '.join(names)} are needed")
    return texts
