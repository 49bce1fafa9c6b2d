"""Adds a module to config.toml and leaves the rest of the file, comments included, as its author wrote it."""

from __future__ import annotations

import re
import tomllib

_LIST = re.compile(r"(?ms)^\[bots\](?:(?!^\[).)*?^modules\s*=\s*\[(?P<items>[^\]]*)\]")
_ITEM = re.compile(r"""#[^\n]*|(?P<item>"[^"\n]*"|'[^'\n]*')""")


def with_module(text: str, module: str) -> str | None:
    """Give the text of config.toml with ``module`` in [bots] modules; None when a person has to write it there."""
    try:
        wanted = tomllib.loads(text)
        if module in wanted["bots"]["modules"]:
            return text
        wanted["bots"]["modules"].append(module)
        found = _LIST.search(text)
        if found is None:
            return None
        changed = text[: found.start("items")] + _with_item(found["items"], module) + text[found.end("items") :]
        return changed if tomllib.loads(changed) == wanted else None
    except (ValueError, LookupError, TypeError, AttributeError):
        return None


def _with_item(items: str, module: str) -> str:
    """Write ``module`` behind the last of ``items``: on a line of its own where these stand on lines."""
    ends = [hit.end() for hit in _ITEM.finditer(items) if hit["item"]]
    end = ends[-1] if ends else 0
    if ends and not items[end:].lstrip().startswith(","):
        items = f"{items[:end]},{items[end:]}"
    body = items.rstrip()
    if "\n" not in items:
        return f'{body}{" " if ends else ""}"{module}"'
    indent = " " * (len(body.split("\n")[-1]) - len(body.split("\n")[-1].lstrip()))
    return f'{body}\n{indent or "    "}"{module}",{items[len(body) :]}'
