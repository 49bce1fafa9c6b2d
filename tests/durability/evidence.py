"""Holds what a run has left, in the file and at the gateway, against what was promised."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from chatbot.engine.tokens import Tokens
from chatbot.messages import ReceiptState, fold

from .gateway import UNANSWERED, Post
from .play import Played
from .process import SECRET

Rows = list[sqlite3.Row]


@dataclass
class Verdict:
    """What was found: nothing but ``ambiguous`` may be more than empty, and that counts gaps that are shown."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    ambiguous: int = 0

    @property
    def broken(self) -> list[str]:
        """Every promise that did not hold."""
        return [*self.lost, *self.doubled, *self.wrong]


def judge(played: Played) -> Verdict:
    """Look at everything that the run has left. The server has ended."""
    verdict = Verdict()
    with closing(sqlite3.connect(played.site.file)) as file:
        file.row_factory = sqlite3.Row
        if (said := file.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
            verdict.wrong.append(f"the file: {said}")
        _judge_inbound(played, file, verdict)
        _judge_path(played, file, verdict)
        rows = file.execute("SELECT * FROM outbox ORDER BY id").fetchall()
        _judge_messages(played, rows, verdict)
        _judge_posts(played, rows, verdict)
        _judge_rest(file, verdict)
    return verdict


def _judge_inbound(played: Played, file: sqlite3.Connection, verdict: Verdict) -> None:
    """Each acknowledged message is there once and had one effect; poison was set aside and had none."""
    for contact, request_ids in played.acknowledged.items():
        for request_id in request_ids:
            found = file.execute(
                "SELECT id, status, payload FROM event WHERE contact = ? AND kind = 'message' AND key = ?",
                (contact, request_id),
            ).fetchall()
            if not found:
                verdict.lost.append(f"message {request_id} is not stored")
                continue
            is_poison = json.loads(found[0]["payload"])["text"] == "poison"
            turns = sum(_count(file, "turn WHERE event_id = ?", event["id"]) for event in found)
            if turns < (not is_poison) or found[0]["status"] != ("aside" if is_poison else "done"):
                verdict.lost.append(f"message {request_id} is {found[0]['status']} after {turns} turns")
            if turns > (not is_poison) or len(found) > 1:
                verdict.doubled.append(f"message {request_id} had {turns} effects")


def _judge_path(played: Played, file: sqlite3.Connection, verdict: Verdict) -> None:
    """Each contact has gone the one legal way, step by step."""
    for contact, path in played.script.path.items():
        turns = file.execute(
            "SELECT t.before, t.after, e.kind FROM turn t JOIN event e ON e.id = t.event_id "
            'WHERE t.contact = ? AND t.log NOT LIKE \'%"effect":"none"%\' ORDER BY t.id',
            (contact,),
        ).fetchall()
        here = ""
        for turn in turns:
            if turn["before"] != here:
                verdict.wrong.append(f"{contact} was in {here} and left {turn['before']}")
            here = turn["after"]
        gone = [turn["after"] for turn in turns if turn["kind"] != "receipt"]
        if gone != list(path):
            verdict.wrong.append(f"{contact} went {gone}, not {path}")
        told = [(turn["before"], turn["after"]) for turn in turns if turn["kind"] == "receipt"]
        moved = [step for step in told if step[0] != step[1]]
        undelivered = played.script.undelivered and _count(
            file, "outbox WHERE contact = ? AND receipt = 'UNDELIVERABLE'", contact
        )
        if moved != ([(path[-1], played.script.undelivered)] if undelivered else []):
            verdict.wrong.append(f"receipts have led {contact} on the way {moved}")
        (state,) = file.execute("SELECT state FROM conversation WHERE contact = ?", (contact,)).fetchone()
        if state != here:
            verdict.wrong.append(f"{contact} is in {state}, the log ends in {here}")


def _judge_messages(played: Played, rows: Rows, verdict: Verdict) -> None:
    """Everything to be said was queued once, in order, and sent; or shown as unknown, where there is a reason to."""
    for contact, said in played.script.said.items():
        queued = [json.loads(row["body"])["text"] for row in rows if row["contact"] == contact]
        if Counter(said) - Counter(queued):
            verdict.lost.append(f"the messages {Counter(said) - Counter(queued)} to {contact}")
        if Counter(queued) - Counter(said):
            verdict.doubled.append(f"the messages {Counter(queued) - Counter(said)} to {contact}")
        if Counter(queued) == Counter(said) and queued != list(said):
            verdict.wrong.append(f"{contact} was told {queued}")
    for row in rows:
        if row["status"] == "unknown":
            verdict.ambiguous += 1
            if not row["attempts"]:
                verdict.lost.append(f"message {row['id']} is unknown and was never sent")
        elif row["status"] != "accepted":
            verdict.lost.append(f"message {row['id']} stays {row['status']}")
    cut_off = played.kills * len(played.script.said)  # at most one message of each contact is under way
    unanswered = sum(post.answer in UNANSWERED for post in played.gateway.posts)
    if verdict.ambiguous > cut_off + unanswered:
        verdict.lost.append(f"{verdict.ambiguous} unknown after {played.kills} kills and {unanswered} lost answers")


def _judge_posts(played: Played, rows: Rows, verdict: Verdict) -> None:
    """Each message was POSTed once, but after a clear no; in order; and its receipts are folded."""
    posts: defaultdict[int, list[Post]] = defaultdict(list)
    last: dict[str, int] = {}
    for post, outbox_id in _read(played.gateway.posts):
        posts[outbox_id].append(post)
        if outbox_id < last.get(post.contact, 0):
            verdict.wrong.append(f"message {outbox_id} came after {last[post.contact]}")
        last[post.contact] = outbox_id
    script = played.script
    for row in rows:
        mine = posts.pop(row["id"], [])
        refused = sum(post.answer.isdecimal() for post in mine)
        accepted = [post for post in mine if post.accepted]
        if len(mine) > 1 + refused or len(accepted) > 1:
            verdict.doubled.append(f"message {row['id']} was POSTed {len(mine)} times, {refused} refused")
        expected = None
        for word in script.receipts.get(mine[0].text, script.by_default) if accepted else ():
            expected = fold(expected, ReceiptState(word))
        known: list[str | None] = [post.accepted for post in accepted]
        if (row["status"] == "accepted") != bool(accepted) or [row["request_id"]] != (known or [None]):
            verdict.wrong.append(f"message {row['id']} is {row['status']} as {row['request_id']}, it was {known}")
        if row["receipt"] != (expected.value if expected else None):
            verdict.wrong.append(f"message {row['id']} is {row['receipt']}, its receipts say {expected}")
    if posts:
        verdict.wrong.append(f"messages {list(posts)} were sent and are not in the file")


def _read(posts: list[Post]) -> Iterator[tuple[Post, int]]:
    tokens = Tokens([SECRET])
    for post in posts:
        outbox_id = tokens.read(post.path.rpartition("/")[2])
        assert outbox_id is not None, post.path
        yield post, outbox_id


def _judge_rest(file: sqlite3.Connection, verdict: Verdict) -> None:
    """Nothing is left over, and nothing has come to where only the unreadable goes."""
    for left in (
        "quarantine",
        "invocation",
        "receipt WHERE status <> 'joined'",
        "event WHERE status = 'waiting'",
        "timer WHERE visit <> (SELECT visit FROM conversation c WHERE c.contact = timer.contact)",
        "timer WHERE due IS NULL",
    ):
        if count := _count(file, left):
            verdict.wrong.append(f"{count} of {left}")
    waits = "conversation WHERE state = 'address'"  # the one state whose timer is still to come
    if _count(file, "timer") != _count(file, waits):
        verdict.wrong.append(f"{_count(file, 'timer')} timers for {_count(file, waits)} contacts that wait")


def _count(file: sqlite3.Connection, what: str, *values: Any) -> int:
    return int(file.execute(f"SELECT count(*) FROM {what}", values).fetchone()[0])
