"""The BFFs' few HTML pages: plain, accessible, without scripts of other sites."""

from html import escape
from importlib.resources import files
from string import Template

PAGES = files("bff.pages")


def stylesheet() -> str:
    """The style sheet of every page."""
    return PAGES.joinpath("site.css").read_text("utf-8")


def icon() -> str:
    """The site's mark, as SVG."""
    return PAGES.joinpath("mark.svg").read_text("utf-8")


def render(template: str, *, title: str, fragments: dict[str, str] | None = None, **texts: str) -> str:
    """The page `template`.html inside the frame; `texts` are escaped, `fragments` are HTML already."""
    return framed(title, fragment(template, fragments=fragments, **texts))


def fragment(template: str, *, fragments: dict[str, str] | None = None, **texts: str) -> str:
    """The piece of HTML `template`.html; `texts` are escaped, `fragments` are HTML already."""
    values = {key: escape(value) for key, value in texts.items()} | (fragments or {})
    return Template(PAGES.joinpath(f"{template}.html").read_text("utf-8")).substitute(values)


def headers(policy: str) -> dict[str, str]:
    """The headers of a page with the content security policy `policy`.

    With `no-referrer` browsers would send `Origin: null` with the page's own forms.
    """
    return {"content-security-policy": policy, "referrer-policy": "same-origin"}


def framed(title: str, body: str) -> str:
    """A whole page around the HTML `body`."""
    frame = Template(PAGES.joinpath("frame.html").read_text("utf-8"))
    return frame.substitute(title=escape(title), body=body, mark=icon())
