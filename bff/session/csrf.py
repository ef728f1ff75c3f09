"""Cross-site request forgery: a static header on every request, JSON only, and the browser's own word on the origin."""

from collections.abc import Mapping
from email.message import Message

from kernel.errors import Forbidden

CSRF_HEADER = "x-retail-csrf"
CSRF_VALUE = "1"


def require_same_site_request(headers: Mapping[str, str], origin: str, *allowed_origins: str) -> None:
    """Let only our own pages, those of allowed origins and non-browsers through (lower-case header names).

    A page of another site cannot add `x-retail-csrf` without a CORS preflight, which is answered for `allowed_origins`
    only; the header is asked of these too.

    Raises:
        Forbidden: the header is missing, or the browser says that the request comes from elsewhere.
    """
    if headers.get(CSRF_HEADER) != CSRF_VALUE:
        raise Forbidden(f"the header {CSRF_HEADER}: {CSRF_VALUE} is required", code="CSRF_HEADER_REQUIRED")
    if headers.get("origin") not in allowed_origins:
        require_own_origin(headers, origin)


def require_own_origin(headers: Mapping[str, str], origin: str) -> None:
    """Refuse what the browser marks as coming from another origin; absent marks pass.

    Raises:
        Forbidden: `Sec-Fetch-Site` is not same-origin, or `Origin` is another one or null.
    """
    if headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise Forbidden("cross-site requests are refused", code="CROSS_SITE_REQUEST")
    if headers.get("origin", origin) != origin:
        raise Forbidden("requests of another origin are refused", code="CROSS_SITE_REQUEST")


def is_json(content_type: str | None) -> bool:
    """Whether the content type is exactly JSON in UTF-8."""
    if content_type is None:
        return False
    parsed = Message()
    parsed["content-type"] = content_type
    charset = parsed.get_content_charset("utf-8")
    return parsed.get_content_type() == "application/json" and charset in {"utf-8", "utf8"}
