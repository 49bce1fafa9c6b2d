"""A module is added to config.toml, and nothing else in it is touched."""

from __future__ import annotations

import pytest

from chatbot.cli.modules import with_module


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('[bots]\nmodules = ["bots.a"]\n', '[bots]\nmodules = ["bots.a", "bots.b"]\n'),
        ("[bots]\nmodules = ['bots.a',]  # ours\n", "[bots]\nmodules = ['bots.a', \"bots.b\"]  # ours\n"),
        ("[bots]\nmodules = []\n", '[bots]\nmodules = ["bots.b"]\n'),
        (
            '[bots]\ndefault = "a"  # one\nmodules = [\n    "bots.a",  # one\n]\nzone = "UTC"\n',
            '[bots]\ndefault = "a"  # one\nmodules = [\n    "bots.a",  # one\n    "bots.b",\n]\nzone = "UTC"\n',
        ),
        (
            '[bots]\nmodules = [\n  "bots.a" # "quoted"\n  # the end\n]\n\n[store]\nkeep_days = 7\n',
            '[bots]\nmodules = [\n  "bots.a", # "quoted"\n  # the end\n  "bots.b",\n]\n\n[store]\nkeep_days = 7\n',
        ),
        (
            '[store]\nkeep_days = 7\n[bots]\nmodules=["bots.a"]',
            '[store]\nkeep_days = 7\n[bots]\nmodules=["bots.a", "bots.b"]',
        ),
        ('[bots]\nmodules = ["bots.b"]\n', '[bots]\nmodules = ["bots.b"]\n'),
    ],
)
def test_the_module_stands_behind_the_others_and_all_else_stays(before: str, after: str) -> None:
    assert with_module(before, "bots.b") == after


@pytest.mark.parametrize(
    "text",
    [
        "",
        '[bots]\ndefault = "a"\n',
        '[bots]\nmodules = "bots.a"\n',
        '[bots]\nmodules = ["bots.a" # ]\n]\n',
        'bots.modules = ["bots.a"]\n',
        'bots = { modules = ["bots.a"] }\n',
        '# [bots]\n# modules = ["bots.a"]\n',
        "[bots",
    ],
)
def test_what_is_not_certain_is_left_to_a_person(text: str) -> None:
    assert with_module(text, "bots.b") is None
