"""Where in the author's code something was written, so that an error can point at it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A line of the author's code. ``str()`` gives ``file:line``, relative to the working folder where it can."""

    file: str
    line: int

    def __str__(self) -> str:
        path = Path(self.file)
        here = Path.cwd()
        return f"{path.relative_to(here) if path.is_relative_to(here) else path}:{self.line}"


def written_at(depth: int = 1) -> Location:
    """Give the line that called the caller, ``depth`` calls further out."""
    frame = sys._getframe(depth + 1)
    return Location(frame.f_code.co_filename, frame.f_lineno)
