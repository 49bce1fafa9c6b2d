"""The building's plan: floors, doors and sizes, read from the source; and that each rule catches what breaks it."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# From the ground up. A room may import the rooms above it in this list, and neither those below nor those beside it.
FLOORS = (
    "errors",  # 0
    "codec http locale phone secret",
    "config",
    "messages",  # 1
    "events viber",
    "flows",  # 2
    "store tyntec",  # 3
    "engine",  # 4
    "testing",  # 5
    "simulator web",  # 6
    "cli",  # 7
)
LEVELS = {room: level for level, rooms in enumerate(FLOORS) for room in rooms.split()}
# The package itself is the author's words, and `python -m chatbot` the command.
FRONT_DOORS = {"__init__": {"flows", "messages"}, "__main__": {"cli"}}

# Each third-party import, and where it is legal. sqlite3 is Python's own, and a door all the same.
DOORS = {
    "babel": ("chatbot/locale.py",),
    "click": ("chatbot/cli/",),
    "httpx": ("chatbot/http.py",),
    "msgspec": ("chatbot/codec.py",),
    "phonenumbers": ("chatbot/phone.py",),
    "pyreqwest": ("chatbot/http.py",),
    "pytest": ("chatbot/testing/plugin.py",),
    "sqlite3": ("chatbot/store/",),
    "sqlite_utils": ("chatbot/store/",),
    "sse_starlette": ("chatbot/simulator/", "chatbot/web/"),
    "starlette": ("chatbot/simulator/", "chatbot/web/"),
    "transitions": ("chatbot/flows/compile.py",),
    "uvicorn": ("chatbot/web/server.py",),
    "watchfiles": ("chatbot/cli/",),
}
NO_RUNTIME_DEPENDENCY = {
    "pytest": "whoever runs the plugin has it",
    "sqlite3": "Python's own",
}
MODULES = {"phonenumberslite": "phonenumbers", "sqlite-utils": "sqlite_utils", "sse-starlette": "sse_starlette"}
NEVER_IMPORTED = {
    "httptools": "uvicorn's parser",
    "tzdata": "the zones of Python's zoneinfo where the system has none",
    "uvloop": "uvicorn's event loop",
}

FILE_LINES = 350
FUNCTION_LINES = 40
# What may be longer, and why: "path" for a file, "path:function" for a function.
LONGER: dict[str, str] = {}


@dataclass(frozen=True)
class Source:
    """One file; ``path`` counts from the root of the repository."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The file, parsed."""
        return ast.parse(self.text, self.path)

    @property
    def room(self) -> str:
        """The first name under ``chatbot/``: a module or a package."""
        return self.path.split("/")[1].removesuffix(".py")

    @property
    def package(self) -> list[str]:
        """The names that a relative import counts from."""
        return self.path.split("/")[:-1]

    def imports(self) -> Iterator[str]:
        """Give the dotted name of everything that is imported, wherever in the file it is."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (name.name for name in node.names)
            elif isinstance(node, ast.ImportFrom):
                start = self.package[: len(self.package) - node.level + 1] if node.level else []
                module = ".".join([*start, *([node.module] if node.module else [])])
                yield from (f"{module}.{name.name}" for name in node.names)


def floor_faults(sources: list[Source]) -> Iterator[str]:
    """Name each import that leads upward, sideways, or to a room that the plan does not know."""
    for source in sources:
        for name in source.imports():
            if not name.startswith("chatbot."):
                continue
            target = name.split(".")[1]
            if target == source.room:
                continue
            if source.room in FRONT_DOORS:
                legal = target in FRONT_DOORS[source.room]
            else:
                legal = LEVELS.get(target, 99) < LEVELS.get(source.room, -1)
            if not legal:
                yield f"{source.path}: {source.room} must not import {name}"


def door_faults(sources: list[Source]) -> Iterator[str]:
    """Name each third-party import outside its door, and each door that nobody uses."""
    used = set()
    for source in sources:
        for name in {name.split(".")[0] for name in source.imports()}:
            if name == "chatbot" or (name in sys.stdlib_module_names and name not in DOORS):
                continue
            used.add(name)
            if not any(source.path == door or source.path.startswith(door) for door in DOORS.get(name, ())):
                doors = " or ".join(DOORS.get(name, ("no door: add one to this table",)))
                yield f"{source.path}: imports {name}, which belongs to {doors}"
    yield from (f"nobody imports {name}: close its door" for name in sorted(DOORS.keys() - used))


def dependency_faults(pyproject: str) -> Iterator[str]:
    """Name each dependency without a door, and each door without a dependency."""
    wanted = [re.split(r"[^\w.-]", line)[0] for line in tomllib.loads(pyproject)["project"]["dependencies"]]
    modules = {MODULES.get(name, name) for name in wanted}
    known = DOORS.keys() - NO_RUNTIME_DEPENDENCY.keys()
    yield from (f"{name} has no door" for name in sorted(modules - known - NEVER_IMPORTED.keys()))
    yield from (f"{name} is imported and no dependency" for name in sorted(known - modules))
    yield from (f"{name} is excused and no dependency" for name in sorted(NEVER_IMPORTED.keys() - modules))


def size_faults(sources: list[Source], longer: Mapping[str, str] = LONGER) -> Iterator[str]:
    """Name each file and function that is too long and not excused, and each excuse that nobody needs."""
    sizes = {}
    for source in sources:
        sizes[source.path] = (len(source.text.splitlines()), FILE_LINES)
        for node in ast.walk(source.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                name = f"{source.path}:{node.name}"
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                sizes[name] = max(sizes.get(name, (0, 0)), (lines, FUNCTION_LINES))
    long = {name: size for name, size in sizes.items() if size[0] > size[1]}
    yield from (f"{name}: {long[name][0]} lines, {long[name][1]} at most" for name in long if name not in longer)
    yield from (f"{name} is not too long: take it off the list" for name in longer if name not in long)


def print_faults(sources: list[Source]) -> Iterator[str]:
    """Name each call of print."""
    for source in sources:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
                yield f"{source.path}:{node.lineno}: prints; log it, or click.echo it"


@pytest.fixture(scope="module")
def building() -> list[Source]:
    """Every Python file of the package."""
    files = sorted((ROOT / "chatbot").rglob("*.py"))
    return [Source(file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8")) for file in files]


def test_every_room_stands_on_a_floor(building: list[Source]) -> None:
    rooms = {source.room for source in building}
    assert rooms - FRONT_DOORS.keys() == set(LEVELS)


def test_a_room_imports_only_what_is_below_it(building: list[Source]) -> None:
    assert list(floor_faults(building)) == []


def test_each_third_party_import_has_one_door(building: list[Source]) -> None:
    assert list(door_faults(building)) == []


def test_every_dependency_has_a_door_and_every_door_a_dependency() -> None:
    assert list(dependency_faults((ROOT / "pyproject.toml").read_text(encoding="utf-8"))) == []


def test_no_file_and_no_function_is_longer_than_a_head_is_big(building: list[Source]) -> None:
    assert list(size_faults(building)) == []


def test_nothing_prints(building: list[Source]) -> None:
    assert list(print_faults(building)) == []


# The checks, checked.


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("chatbot/flows/turn.py", "from chatbot.store import inbox"),
        ("chatbot/flows/turn.py", "import chatbot.engine.engine"),
        ("chatbot/flows/turn.py", "def late():\n    from chatbot import engine"),
        ("chatbot/flows/turn.py", "if TYPE_CHECKING:\n    from chatbot.engine.turns import Turns"),
        ("chatbot/flows/check/walk.py", "from ...store import inbox"),
        ("chatbot/flows/turn.py", "from .. import store"),
        ("chatbot/flows/turn.py", "from chatbot import Flow"),
        ("chatbot/store/inbox.py", "from chatbot.tyntec import wire"),
        ("chatbot/web/app.py", "from chatbot.simulator.app import create"),
        ("chatbot/codec.py", "from chatbot.phone import mask"),
        ("chatbot/viber.py", "from chatbot.events import Start"),
        ("chatbot/web/app.py", "from chatbot.unheard_of import thing"),
        ("chatbot/unheard_of.py", "from chatbot.errors import ConfigError"),
        ("chatbot/__init__.py", "from chatbot.engine.engine import Engine"),
        ("chatbot/__main__.py", "from chatbot.flows.flow import Flow"),
    ],
)
def test_an_import_upward_or_sideways_is_found(path: str, line: str) -> None:
    assert len(list(floor_faults([Source(path, line)]))) == 1


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("chatbot/engine/turns.py", "from chatbot.flows.turn import Turn\nfrom chatbot import codec"),
        ("chatbot/engine/turns.py", "from chatbot.engine import router\nfrom . import router\nfrom .router import Row"),
        ("chatbot/engine/turns.py", "import json\nfrom collections.abc import Mapping"),
        ("chatbot/__init__.py", "from chatbot.flows.flow import Flow\nfrom chatbot.messages import Message"),
        ("chatbot/__main__.py", "from chatbot.cli import main"),
    ],
)
def test_an_import_downward_or_at_home_is_legal(path: str, line: str) -> None:
    assert list(floor_faults([Source(path, line)])) == []


EVERY_DOOR = [
    Source(door if door.endswith(".py") else f"{door}x.py", f"import {name}") for name, (door, *_) in DOORS.items()
]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("chatbot/tyntec/client.py", "import httpx"),
        ("chatbot/engine/engine.py", "from sqlite3 import Row"),
        ("chatbot/flows/turn.py", "def late():\n    import transitions.core"),
        ("chatbot/web/app.py", "import uvicorn"),
        ("chatbot/codec_two.py", "import msgspec"),
        ("chatbot/codec.py", "import requests"),
    ],
)
def test_an_import_outside_its_door_is_found(path: str, line: str) -> None:
    assert list(door_faults(EVERY_DOOR)) == []
    assert len(list(door_faults([*EVERY_DOOR, Source(path, line)]))) == 1


def test_a_door_that_nobody_uses_is_found() -> None:
    without_babel = [source for source in EVERY_DOOR if source.text != "import babel"]
    assert list(door_faults(without_babel)) == ["nobody imports babel: close its door"]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda lines: [*lines, "requests>=2"], "requests has no door"),
        (lambda lines: [line for line in lines if line != "click"], "click is imported and no dependency"),
        (lambda lines: [line for line in lines if line != "uvloop"], "uvloop is excused and no dependency"),
    ],
)
def test_a_dependency_without_a_door_and_a_door_without_a_dependency_are_found(
    change: Callable[[list[str]], list[str]], fault: str
) -> None:
    distributions = {module: name for name, module in MODULES.items()}
    modules = (DOORS.keys() | NEVER_IMPORTED.keys()) - NO_RUNTIME_DEPENDENCY.keys()
    whole = [distributions.get(module, module) for module in sorted(modules)]
    bounded = [name + ">=1.0; python_version > '3'" for name in whole]
    assert list(dependency_faults(f"[project]\ndependencies = {bounded}")) == []
    assert list(dependency_faults(f"[project]\ndependencies = {change(whole)}")) == [fault]


def function(lines: int, name: str = "f") -> str:
    return f"def {name}():\n" + "    pass\n" * (lines - 1)


def test_a_function_that_is_too_long_is_found_unless_it_is_excused() -> None:
    fits = Source("chatbot/x.py", function(FUNCTION_LINES))
    long = Source("chatbot/x.py", f"async {function(FUNCTION_LINES + 1)}{function(2)}")
    assert list(size_faults([fits], {})) == []
    assert list(size_faults([long], {})) == ["chatbot/x.py:f: 41 lines, 40 at most"]
    assert list(size_faults([long], {"chatbot/x.py:f": "why"})) == []
    stale = "chatbot/x.py:f is not too long: take it off the list"
    assert list(size_faults([fits], {"chatbot/x.py:f": "why"})) == [stale]


def test_a_file_that_is_too_long_is_found_unless_it_is_excused() -> None:
    assert list(size_faults([Source("chatbot/x.py", "\n" * FILE_LINES)], {})) == []
    long = Source("chatbot/x.py", "\n" * (FILE_LINES + 1))
    assert list(size_faults([long], {})) == ["chatbot/x.py: 351 lines, 350 at most"]
    assert list(size_faults([long], {"chatbot/x.py": "why"})) == []


def test_a_print_is_found_and_its_name_alone_is_not() -> None:
    assert len(list(print_faults([Source("chatbot/x.py", "def f():\n    print('x')")]))) == 1
    assert list(print_faults([Source("chatbot/x.py", "'print(1)'\nconsole.print(1)  # print(2)")])) == []
