"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from threading import get_native_id

HALF = ".half"  # the end of the name of a file that is being written


def write_atomically(path: Path, text: str) -> None:
    """Write a text file so that a reader sees the old one or the new one, never half."""
    write_bytes_atomically(path, text.encode())


def write_bytes_atomically(path: Path, data: bytes) -> None:
    """Write a file so that a reader sees the old one or the new one, never half."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{get_native_id()}{HALF}")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
