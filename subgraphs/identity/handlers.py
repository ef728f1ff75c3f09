"""Identity listens to nobody yet."""

from kernel.events import EventHandler

HANDLERS: tuple[EventHandler, ...] = ()
