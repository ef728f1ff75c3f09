"""What the command line tells a person instead of a traceback."""


class CommandError(Exception):
    """The command cannot go on; the message is one line that says what is wrong and what to do."""
