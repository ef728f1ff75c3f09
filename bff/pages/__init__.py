"""The HTML pages of the BFFs and the development provider: plain, accessible, in the reader's language.

Templates name values as `$name` and texts as `${table.name}`; catalogues hold no HTML, templates no words.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files
from string import Template
from typing import ClassVar, Final
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request

from bff.pages.languages import CHOICE, OWN_NAMES, language_of
from bff.pages.nonce import nonce_of
from bff.pages.texts import Texts, texts_in

_PAGES: Final = files("bff.pages")


@cache
def asset(name: str) -> str:
    """A style sheet, script or picture of ours."""
    return _PAGES.joinpath("assets", name).read_text("utf-8")


def headers(policy: str, texts: Texts) -> dict[str, str]:
    """The headers of a page with the content security policy `policy`.

    With `no-referrer` browsers would send `Origin: null` with the page's own forms.
    """
    return {
        "content-security-policy": policy,
        "referrer-policy": "same-origin",
        "content-language": texts.language,
        "vary": "Accept-Language, Cookie",
    }


@dataclass(frozen=True, slots=True)
class Frame:
    """The frame of a page for one reader; `address` is where it is shown again in another language.

    Templates name as `$nonce` what its scripts and style sheets carry.
    """

    texts: Texts
    address: str
    nonce: str

    def render(self, template: str, *, title: str, fragments: Mapping[str, str] | None = None, **values: str) -> str:
        """The page `template`.html inside the frame; `values` are escaped, `fragments` are HTML already."""
        return self.around(title, self.fragment(template, fragments=fragments, **values))

    def fragment(self, template: str, *, fragments: Mapping[str, str] | None = None, **values: str) -> str:
        """The piece of HTML `template`.html; `values` are escaped, `fragments` are HTML already."""
        return self.fill(_template(template), fragments=fragments, **values)

    def fill(self, source: str, *, fragments: Mapping[str, str] | None = None, **values: str) -> str:
        """The template `source` with texts, `values` and `fragments`."""
        escaped = {key: escape(value) for key, value in values.items()}
        return _Source(source).substitute(_Places(self.texts, {"nonce": self.nonce, **escaped, **(fragments or {})}))

    def around(self, title: str, body: str) -> str:
        """A whole page around the HTML `body`."""
        fragments = {"body": body, "mark": asset("mark.svg"), "languages": self._languages()}
        return self.fragment("frame", fragments=fragments, title=title, language=self.texts.language)

    def _languages(self) -> str:
        path, _, query = self.address.partition("?")
        kept = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if name != CHOICE]
        return "".join(
            f'<li><a href="{escape(path)}?{escape(urlencode([*kept, (CHOICE, language)]))}" lang="{language}" '
            f'hreflang="{language}"{_current(is_current=language is self.texts.language)}>{name}</a></li>'
            for language, name in OWN_NAMES.items()
        )


def frame_for(request: Request, *, address: str | None = None) -> Frame:
    """The frame for whoever sent `request`; its own address, unless another page shows the same again."""
    own = f"{request.url.path}?{request.url.query}" if request.method == "GET" else "/"
    return Frame(texts_in(language_of(request)), address or own, nonce_of(request))


class _Source(Template):
    braceidpattern: ClassVar[str | None] = r"[a-z_]+\.[a-zA-Z_0-9]+"


class _Places(Mapping[str, str]):
    """Values by their name, texts by `table.name` with values in their places."""

    def __init__(self, texts: Texts, values: Mapping[str, str]) -> None:
        self._texts = texts
        self._values = values

    def __getitem__(self, key: str) -> str:
        if "." not in key:
            return self._values[key]
        return escape(self._texts[key]).format_map(self._values)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


@cache
def _template(name: str) -> str:
    return _PAGES.joinpath("templates", f"{name}.html").read_text("utf-8")


def _current(*, is_current: bool) -> str:
    return ' aria-current="true"' if is_current else ""
