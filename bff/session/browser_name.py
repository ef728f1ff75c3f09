"""What a person would call the browser they signed in with; for showing, never for deciding."""

from typing import Final

from bff.pages.texts import Texts

# the first that is named counts: most browsers also name those they descend from
_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS: Final = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
_UNKNOWN: Final = "Unknown browser"
_ON: Final = " on "


def browser_name(user_agent: str | None) -> str:
    """For example `Firefox on Windows`; `Unknown browser` where the header says nothing known."""
    given = user_agent or ""
    browser = next((name for mark, name in _BROWSERS if mark in given), _UNKNOWN)
    system = next((name for mark, name in _SYSTEMS if mark in given), None)
    return f"{browser}{_ON}{system}" if system else browser


def spoken_browser_name(name: str, texts: Texts) -> str:
    """A `browser_name` in another language."""
    browser, on, system = name.partition(_ON)
    spoken = texts["devices.unknown_browser"] if browser == _UNKNOWN else browser
    return texts.say("devices.browser_on", browser=spoken, system=system) if on else spoken
