"""Where in the author's code something was written, so that an error can point at it."""

from __future__ import annotations

import sys
import traceback
from dataclasses import dataclass
from itertools import dropwhile
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


def traceback_of(error: BaseException, *ours: str) -> str:
    """Write the traceback of ``error`` from the author's first line on.

    ``ours`` are files whose frames led there, as do those of Python's import machinery: they tell an author nothing.
    """

    def leads_there(frame: traceback.FrameSummary) -> bool:
        return frame.filename in ours or "importlib" in frame.filename

    frames = list(dropwhile(leads_there, traceback.extract_tb(error.__traceback__)))
    return "".join([*traceback.format_list(frames), *traceback.format_exception_only(error)]).rstrip()
