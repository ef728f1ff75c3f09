"""Where the browser goes after sign-in: only ever a path of this site (no open redirect)."""

from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

FALLBACK = "/"
_MARK = ("sign_in", "required")
_MAX_LENGTH = 512
_DECODINGS = 4


def safe_return_to(wanted: str | None) -> str:
    """`wanted` if every reading of it is a path on this site, else `/`.

    Percent-encodings are undone up to four times, because a proxy or a browser may undo them too.
    """
    if not wanted or len(wanted) > _MAX_LENGTH:
        return FALLBACK
    reading = wanted
    for _ in range(_DECODINGS):
        if not _is_local_path(reading):
            return FALLBACK
        decoded = unquote(reading)
        if decoded == reading:
            return wanted
        reading = decoded
    return FALLBACK


def with_mark(path: str) -> str:
    """`path` with a parameter that tells the page that signing in needs a form: it must not try silently again."""
    parts = urlsplit(path)
    kept = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair != _MARK]
    return parts._replace(query=urlencode([*kept, _MARK])).geturl()


def _is_local_path(text: str) -> bool:
    if not text.startswith("/") or text.startswith("//"):
        return False
    if "\\" in text or any(not character.isprintable() or character.isspace() for character in text):
        return False
    parts = urlsplit(text)
    return not parts.scheme and not parts.netloc
