"""Faults that would break a promise, each with the test that must notice: ``python tests/durability/mutants.py``.

Each is a patch of the source, applied to a copy of the project. A mutant whose text is not found any more is an error:
whoever changes that code says here what the same fault looks like now.
"""

# ruff: noqa: T201 - a script that reports to a terminal

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[2]
COPIED = ("chatbot", "bots", "tests", "locale", "pyproject.toml", "config.toml")

PATIENCE = 300.0
"""Seconds that one mutant's test may take."""

STORE = "tests/store/test_"
ENGINE = "tests/engine/test_"
WEB = "tests/web/test_webhook.py::test_"
HERE = "tests/durability/test_"
HOSTILE = "tests/hostile/test_"


@dataclass(frozen=True)
class Mutant:
    """A fault: in each file of ``patches`` the first text, which stands there once, becomes the second."""

    name: str
    patches: Mapping[str, tuple[str, str]]
    test: str


def _mutant(name: str, file: str, old: str, new: str, test: str, *more: tuple[str, str, str]) -> Mutant:
    return Mutant(name, {path: (was, now) for path, was, now in ((file, old, new), *more)}, test)


MUTANTS = (
    _mutant(
        "acknowledge before commit",
        "chatbot/store/sqlite.py",
        'execute("COMMIT")',
        '(self._loop.call_soon_threadsafe(_deliver, group), __import__("time").sleep(0.05), execute("COMMIT"))',
        f"{STORE}sqlite.py::test_what_a_write_has_reported_is_seen_by_a_stranger",
    ),
    _mutant(
        "synchronous=OFF",
        "chatbot/store/sqlite.py",
        "PRAGMA synchronous = FULL",
        "PRAGMA synchronous = OFF",
        f"{STORE}sqlite.py::test_every_commit_is_synced_to_a_write_ahead_log",
    ),
    _mutant(
        "no unique key",
        "chatbot/store/journal.py",
        "ON CONFLICT (contact, account, kind, key) DO NOTHING",
        "",
        f"{STORE}contract.py::test_an_event_is_stored_once_however_often_it_comes",
        (
            "chatbot/store/migrations.py",
            "event (contact, account, kind, key)",
            "event (contact, account, kind, key, id)",
        ),
    ),
    _mutant(
        "deferred BEGIN",
        "chatbot/store/sqlite.py",
        "BEGIN IMMEDIATE",
        "BEGIN",
        f"{HERE}database.py::test_nobody_else_can_write_between_what_a_transaction_reads_and_what_it_writes",
    ),
    _mutant(
        "receipt overwrites",
        "chatbot/messages.py",
        "return new if known is None or _ORDER[new] > _ORDER[known] else known",
        "return new",
        f"{ENGINE}receipts.py::test_receipts_out_of_order_end_at_the_same_status_and_never_go_back",
    ),
    _mutant(
        "resend after a read timeout",
        "chatbot/engine/sender.py",
        "await self.outcomes.write(outbox.ambiguous, out.id, now + EVIDENCE, text)",
        "await self.outcomes.write(outbox.postpone, out.id, now, text)",
        f"{ENGINE}unanswered.py::test_an_unanswered_message_waits_for_news_then_counts_as_unknown_and_the_next_goes_on",
    ),
    _mutant(
        "orphan receipts dropped",
        "chatbot/store/receipts.py",
        "    sent = _message_of(tx, receipt)\n",
        "    sent = _message_of(tx, receipt)\n    if sent is None:\n        return None\n",
        f"{ENGINE}receipts.py::test_a_receipt_of_a_message_that_nobody_knows_yet_is_kept_and_joined_when_it_is_known",
    ),
    _mutant(
        "state saved apart from outbox",
        "chatbot/engine/turns.py",
        "            await self.store.write(inbox.finish, record)\n",
        "            from dataclasses import replace\n\n            from chatbot.store import outbox\n\n"
        "            await self.store.write(inbox.finish, replace(record, outgoing=()))\n"
        "            event = claim.event\n"
        "            whose = (event.contact, event.account, event.id)\n"
        "            await self.store.write(outbox.add, *whose, record.outgoing, record.at)\n",
        f"{HERE}database.py::test_a_turn_of_which_one_part_cannot_be_stored_leaves_no_trace_and_is_made_whole_later",
    ),
    _mutant(
        "timer not cancelled",
        "chatbot/store/inbox.py",
        "timers.drop(tx, event.contact, event.account, record.left)",
        "pass",
        f"{ENGINE}timers.py::test_leaving_the_state_takes_its_timer_with_it",
    ),
    _mutant(
        "secret compared by prefix",
        "chatbot/web/webhook.py",
        "hmac.compare_digest(offered, secret)",
        "secret.startswith(offered)",
        f"{WEB}a_wrong_secret_is_404_and_nothing_is_stored",
    ),
    _mutant(
        "sent again after a crash",
        "chatbot/store/outbox.py",
        "UPDATE outbox SET status = 'ambiguous', not_before = :until, error = 'the process",
        "UPDATE outbox SET status = 'waiting', not_before = :until - 30, error = 'the process",
        f"{ENGINE}unanswered.py::test_what_was_being_sent_when_the_process_ended_counts_as_unanswered",
    ),
    _mutant(
        "what was never sent counts as perhaps sent after a crash",
        "chatbot/store/outbox.py",
        "WHERE status IN ('waiting', 'sending', 'ambiguous') AND status = 'sending'\n",
        "WHERE status IN ('waiting', 'sending', 'ambiguous') AND status <> 'ambiguous'\n",
        f"{HERE}sweep.py::test_wherever_the_process_is_killed_nothing_is_lost_and_nothing_doubled",
    ),
    _mutant(
        "next message overtakes an unanswered one",
        "chatbot/store/outbox.py",
        "WHERE contact = :contact AND status IN ('waiting', 'sending', 'ambiguous') ORDER BY id LIMIT 1",
        "WHERE contact = :contact AND status IN ('waiting', 'sending') ORDER BY id LIMIT 1",
        f"{ENGINE}unanswered.py::test_an_unanswered_message_waits_for_news_then_counts_as_unknown_and_the_next_goes_on",
    ),
    _mutant(
        "attempt not counted before it runs",
        "chatbot/store/inbox.py",
        "UPDATE event SET attempts = attempts + 1",
        "UPDATE event SET attempts = attempts",
        f"{ENGINE}turns.py::test_an_event_that_ends_the_process_each_time_is_not_tried_for_ever",
    ),
    _mutant(
        "stale writer not fenced",
        "chatbot/store/inbox.py",
        "WHERE contact = :contact AND account = :account AND version = :version\n",
        "WHERE contact = :contact AND account = :account\n",
        f"{STORE}contract.py::test_a_turn_on_a_conversation_that_was_changed_meanwhile_is_a_conflict",
    ),
    _mutant(
        "credentials refused: message dropped",
        "chatbot/engine/sender.py",
        "elif isinstance(error, Refused | Unreachable | Busy) and not tired:",
        "elif isinstance(error, Unreachable | Busy) and not tired:",
        f"{ENGINE}sender.py::test_a_refusal_that_only_a_person_can_mend_pauses_everything_and_drops_nothing",
    ),
    _mutant(
        "any token is good",
        "chatbot/engine/tokens.py",
        "return int(match[1], 36) if any(genuine) else None",
        "return int(match[1], 36)",
        f"{WEB}a_wrong_token_is_404_and_nothing_changes",
    ),
    _mutant(
        "carry on after a failed sync",
        "chatbot/store/sqlite.py",
        "_FATAL = (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)",
        "_FATAL = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)",
        f"{STORE}sqlite.py::test_after_an_input_output_error_the_store_takes_no_more_work",
    ),
    _mutant(
        "a flood of timers goes first",
        "chatbot/engine/engine.py",
        "BATCH = 200\n",
        "BATCH = 5_000\n",
        f"{HERE}flood.py::test_a_new_message_is_answered_within_two_looks_of_the_engine",
    ),
    _mutant(
        "a clock set back holds everybody up",
        "chatbot/engine/engine.py",
        "if now < self._looked_at:",
        "if False:",
        f"{HERE}clock.py::test_a_message_that_could_not_be_sent_before_the_jump_is_sent_within_an_hour_after_it",
    ),
    _mutant(
        "slow clients are waited for",
        "chatbot/web/server.py",
        "self._timer = self.loop.call_later(self.deadline, self._cut)",
        "self._timer = self.loop.call_later(3600, self._cut)",
        f"{HOSTILE}clients.py::test_a_client_that_goes_quiet_in_its_second_request_is_cut_off",
    ),
    _mutant(
        "who was there when the process ended is suspected together",
        "chatbot/engine/engine.py",
        "        await self.turns.recover()\n",
        "",
        f"{ENGINE}turns.py::test_events_that_the_end_of_a_process_cut_off_are_handled_first_and_one_by_one",
    ),
    _mutant(
        "a store in trouble counts as a try",
        "chatbot/engine/turns.py",
        "faults.in_short(error), counted=False",
        "faults.in_short(error)",
        f"{ENGINE}turns.py::test_a_turn_that_a_store_in_trouble_cannot_keep_leaves_no_trace_and_is_made_when_it_can",
    ),
    _mutant(
        "nobody watches the loop",
        "chatbot/engine/engine.py",
        "        self.watchdog.end_within(STOP_AT_LAST)\n",
        "        self.watchdog.stop()\n",
        f"{HERE}faults.py::test_what_hangs_while_the_server_stops_does_not_hold_it_up",
    ),
    _mutant(
        "numbers in the log",
        "chatbot/cli/log.py",
        'found[0] if found["spared"] else phone.mask(found[0])',
        "found[0]",
        f"{HOSTILE}log.py::test_a_conversation_at_full_volume_leaves_no_secret_no_number_and_no_escape_in_the_log",
    ),
)


def copy_to(folder: Path) -> None:
    """Copy the project, with its compiled modules: they are read again where nothing was changed."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name)
        elif source.exists():
            shutil.copy2(source, folder / name)


def apply(mutant: Mutant, folder: Path) -> None:
    """Patch the copy in ``folder``. Raises LookupError when the source is not what the mutant expects."""
    for name, (old, new) in mutant.patches.items():
        file = folder / name
        source = file.read_text()
        if source.count(old) != 1:
            raise LookupError(f"mutant {mutant.name!r}: {name} holds {source.count(old)} times: {old}")
        file.write_text(source.replace(old, new))


def run(folder: Path, *tests: str) -> subprocess.CompletedProcess[str]:
    """Run tests of the copy in ``folder``."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *tests]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environ["PYTHONPATH"] = str(folder)
    return subprocess.run(
        command, cwd=folder, env=environ, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


def is_caught(mutant: Mutant) -> tuple[bool, str]:
    """Tell whether the mutant's test fails on it, and what pytest said."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        copy_to(folder)
        apply(mutant, folder)
        try:
            ended = run(folder, mutant.test)
        except subprocess.TimeoutExpired:
            return False, "its test did not come to an end"
    return ended.returncode == 1 and " failed" in ended.stdout, ended.stdout[-3000:] + ended.stderr[-1000:]


def main() -> int:
    """Run every mutant and say which are caught; the exit status is the number of those that are not."""
    with TemporaryDirectory() as name:
        copy_to(Path(name))
        healthy = run(Path(name), *{mutant.test for mutant in MUTANTS})
    if healthy.returncode:
        print(healthy.stdout, "the tests fail without any mutant", sep="\n")
        return 1
    missed = 0
    for mutant in MUTANTS:
        caught, said = is_caught(mutant)
        missed += not caught
        print(f"{'caught' if caught else 'MISSED'}  {mutant.name:<42}{mutant.test}" + ("" if caught else f"\n{said}"))
    print(f"{len(MUTANTS)} mutants, {len(MUTANTS) - missed} caught, {missed} missed")
    return missed


if __name__ == "__main__":
    sys.exit(main())
