import pytest

from bff.session.csrf import is_json, require_own_origin, require_same_site_request
from kernel.errors import Forbidden

ORIGIN = "https://shop.example"


@pytest.mark.parametrize(
    "headers",
    [
        {"x-retail-csrf": "1"},
        {"x-retail-csrf": "1", "origin": ORIGIN},
        {"x-retail-csrf": "1", "origin": ORIGIN, "sec-fetch-site": "same-origin"},
    ],
)
def test_our_own_requests_pass(headers: dict[str, str]):
    require_same_site_request(headers, ORIGIN)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-retail-csrf": ""},
        {"x-retail-csrf": "true"},
        {"origin": ORIGIN, "sec-fetch-site": "same-origin"},
        {"x-retail-csrf": "1", "origin": "https://shop.example.evil.example"},
        {"x-retail-csrf": "1", "origin": "http://shop.example"},
        {"x-retail-csrf": "1", "origin": "https://shop.example:8443"},
        {"x-retail-csrf": "1", "origin": "null"},
        {"x-retail-csrf": "1", "origin": ""},
        {"x-retail-csrf": "1", "origin": ORIGIN, "sec-fetch-site": "cross-site"},
    ],
)
def test_everything_else_is_refused(headers: dict[str, str]):
    with pytest.raises(Forbidden):
        require_same_site_request(headers, ORIGIN)


def test_the_origin_alone_is_judged_for_forms():
    require_own_origin({"origin": ORIGIN}, ORIGIN)
    with pytest.raises(Forbidden):
        require_own_origin({"origin": "null"}, ORIGIN)


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8"]
)
def test_json_is_json(content_type: str):
    assert is_json(content_type)


@pytest.mark.parametrize(
    "content_type",
    [None, "", "text/plain", "text/json", "application/json; charset=utf-7", "application/jsonx", "*/*"],
)
def test_nothing_else_is_json(content_type: str | None):
    assert not is_json(content_type)


@pytest.mark.parametrize("site", ["same-origin", "same-site", "cross-site"])
def test_pages_of_an_allowed_origin_pass_with_the_header(site: str):
    headers = {"x-retail-csrf": "1", "origin": "https://office.example", "sec-fetch-site": site}

    require_same_site_request(headers, ORIGIN, "https://office.example")


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://office.example"},
        {"x-retail-csrf": "1", "origin": "null"},
        {"x-retail-csrf": "1", "origin": "https://evil.example"},
        {"x-retail-csrf": "1", "sec-fetch-site": "cross-site"},
        {"x-retail-csrf": "1", "origin": ORIGIN, "sec-fetch-site": "cross-site"},
    ],
)
def test_an_allowed_origin_opens_nothing_to_others(headers: dict[str, str]):
    with pytest.raises(Forbidden):
        require_same_site_request(headers, ORIGIN, "https://office.example")
