"""What is over is kept as long as config.toml says."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from chatbot import config
from chatbot.flows.catalogue import Catalogue
from chatbot.flows.flow import Flow
from chatbot.flows.state import State
from chatbot.web.app import create_app

DAY = 86_400.0
CONFIG = (
    '[gateway]\nusername = "u"\npassword_env = "P"\nfrom = "M"\n[webhook]\nsecret_env = "S"\n[store]\nkeep_days = 4\n'
)
ENVIRON = {"P": "p4ssword", "S": "YXRsZWFzdC1hLWh1bmRyZWQtYW5kLTI4LWJpdHM"}


class Greet(Flow[None]):
    """One word."""

    hello = State("Hello.", initial=True, final=True)


def at(days: float) -> tuple[float]:
    return (time.time() - days * DAY,)


async def test_keep_days_of_the_configuration_is_what_the_engine_keeps(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(CONFIG)
    app = create_app(config.load(file, ENVIRON), Catalogue([Greet], "greet"))
    async with app.router.lifespan_context(app):
        engine = app.state.engine
        for _ in range(20):
            await engine.retention.tick()
        with closing(sqlite3.connect(tmp_path / "chatbot.db", isolation_level=None)) as stranger:
            sql = "INSERT INTO quarantine (at, reason, body) VALUES (?, '', x'00') RETURNING id"
            _, young = (stranger.execute(sql, at(days)).fetchone()[0] for days in (4.1, 3.9))
            engine.retention._began = None  # the hour is over
            for _ in range(20):
                await engine.retention.tick()
            assert stranger.execute("SELECT id FROM quarantine").fetchall() == [(young,)]
