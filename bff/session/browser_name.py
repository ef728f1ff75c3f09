"""What a person would call the browser they signed in with; for showing, never for deciding."""

from typing import Final

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


def browser_name(user_agent: str | None) -> str:
    """For example `Firefox on Windows`; `Unknown browser` where the header says nothing known."""
    given = user_agent or ""
    browser = next((name for mark, name in _BROWSERS if mark in given), "Unknown browser")
    system = next((name for mark, name in _SYSTEMS if mark in given), None)
    return f"{browser} on {system}" if system else browser
