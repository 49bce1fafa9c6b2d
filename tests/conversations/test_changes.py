"""Contacts who were in the middle of an older clinic go on in today's, as it declares."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatbot import config
from chatbot.flows.catalogue import of_config
from chatbot.flows.restore import Restored, Stored, restore

ROOT = Path(__file__).parent.parent.parent
CLINIC = of_config(config.load(ROOT / "config.toml", {})).find("clinic")


def restored(state: str, data: str) -> Restored:
    return restore(CLINIC, Stored(state, data, "{}", "an older fingerprint", ("reason",)))


def test_a_renamed_state_goes_on_under_its_new_name() -> None:
    back = restored("date", '{"reason": "teeth"}')
    assert (back.state, back.data.reason, back.landed, back.history) == ("day", "teeth", "", ["reason"])


def test_the_data_of_an_older_version_is_upgraded() -> None:
    back = restored("confirm", '{"reason": "teeth", "time": "10:00"}')
    assert (back.data.hour, back.obstacles) == ("10:00", ())


@pytest.mark.parametrize(
    ("state", "data"), [("insurance", '{"reason": "teeth"}'), ("day", '{"reason": 5}'), ("day", "[]"), ("day", "")]
)
def test_whoever_cannot_be_placed_lands_at_the_first_question(state: str, data: str) -> None:
    back = restored(state, data)
    assert back.state == "reason"
    assert back.landed
