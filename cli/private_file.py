"""Files with secrets: written at once, readable by their owner only."""

import os
from pathlib import Path


def write_private(path: Path, content: str) -> None:
    """Replace the file, or leave the old one whole if writing fails."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
