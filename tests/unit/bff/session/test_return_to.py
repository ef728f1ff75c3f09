"""security.md N20."""

import pytest

from bff.session.return_to import safe_return_to


@pytest.mark.parametrize("path", ["/", "/graphiql", "/orders?page=2&sort=-date", "/a/b#part", "/%E5%BA%97", "/a@b"])
def test_a_path_of_this_site_is_kept(path: str):
    assert safe_return_to(path) == path


@pytest.mark.parametrize(
    "wanted",
    [
        None,
        "",
        "evil",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "\\/evil.example",
        "https:evil.example",
        "https://evil.example",
        "http:///evil.example",
        "//user@evil.example",
        "https://ours.example@evil.example",
        "/%2f%2fevil.example",
        "/%2Fevil.example",
        "/%5cevil.example",
        "/%252f%252fevil.example",
        "/%25252f%25252fevil.example",
        "/%2525252525252fevil.example",
        "\t//evil.example",
        "/\t/evil.example",
        "/ /evil.example",
        "/a\r\nSet-Cookie: x=1",
        "/a%0d%0aSet-Cookie:%20x=1",
        "/a%00",
        "data:text/html,x",
        "javascript:alert(1)",
        " javascript:alert(1)",
        "/\u2028evil",
        "/" + "a" * 600,
    ],
)
def test_n20_everything_else_becomes_the_start_page(wanted: str | None):
    assert safe_return_to(wanted) == "/"
