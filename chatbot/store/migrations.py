"""The tables of the SQLite store, and how an older file becomes the present one.

A migration that was released is never changed: write a new one below it.
"""

from __future__ import annotations

from contextlib import closing

from sqlite_utils import Database, Migrations

from chatbot.errors import StoreError

migrations = Migrations("chatbot")

_TABLES = (
    """
    CREATE TABLE event (
        contact TEXT NOT NULL,
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        account TEXT NOT NULL,
        kind TEXT NOT NULL,
        key TEXT NOT NULL,
        payload TEXT NOT NULL,
        reply_to TEXT,
        accepted_at REAL NOT NULL,
        status TEXT NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'done', 'aside')),
        attempts INTEGER NOT NULL DEFAULT 0,
        not_before REAL NOT NULL,
        ended_at REAL,
        error TEXT NOT NULL DEFAULT ''
    ) STRICT
    """,
    """
    CREATE TABLE conversation (
        contact TEXT NOT NULL,
        account TEXT NOT NULL,
        flow TEXT NOT NULL,
        state TEXT NOT NULL,
        data TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        visit INTEGER NOT NULL,
        history TEXT NOT NULL,
        progress TEXT NOT NULL,
        suspended TEXT NOT NULL,
        final INTEGER NOT NULL,
        version INTEGER NOT NULL,
        updated_at REAL NOT NULL,
        PRIMARY KEY (contact, account)
    ) STRICT
    """,
    """
    CREATE TABLE outbox (
        contact TEXT NOT NULL,
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        account TEXT NOT NULL,
        flow TEXT NOT NULL,
        state TEXT NOT NULL,
        visit INTEGER NOT NULL,
        body TEXT NOT NULL,
        status TEXT NOT NULL DEFAULT 'waiting'
            CHECK (status IN ('waiting', 'sending', 'accepted', 'ambiguous', 'unknown', 'failed')),
        attempts INTEGER NOT NULL DEFAULT 0,
        resends INTEGER NOT NULL DEFAULT 0,
        not_before REAL NOT NULL,
        created_at REAL NOT NULL,
        event_id INTEGER,
        request_id TEXT,
        sent_at REAL,
        asked_at REAL,
        receipt TEXT,
        channel TEXT,
        error TEXT NOT NULL DEFAULT ''
    ) STRICT
    """,
    """
    CREATE TABLE receipt (
        contact TEXT NOT NULL,
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        request_id TEXT NOT NULL,
        key TEXT NOT NULL,
        state TEXT NOT NULL,
        channel TEXT,
        error_code TEXT NOT NULL,
        body TEXT NOT NULL,
        accepted_at REAL NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('orphan', 'joined', 'refused')),
        outbox_id INTEGER
    ) STRICT
    """,
    """
    CREATE TABLE timer (
        contact TEXT NOT NULL,
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        account TEXT NOT NULL,
        flow TEXT NOT NULL,
        state TEXT NOT NULL,
        visit INTEGER NOT NULL,
        name TEXT NOT NULL,
        delay REAL NOT NULL,
        due REAL,
        after_outbox INTEGER
    ) STRICT
    """,
    """
    CREATE TABLE invocation (
        contact TEXT NOT NULL,
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        account TEXT NOT NULL,
        function TEXT NOT NULL,
        data TEXT NOT NULL,
        flow TEXT NOT NULL,
        state TEXT NOT NULL,
        visit INTEGER NOT NULL,
        timeout REAL NOT NULL,
        retries INTEGER NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        status TEXT NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'running')),
        not_before REAL NOT NULL,
        error TEXT NOT NULL DEFAULT ''
    ) STRICT
    """,
    """
    CREATE TABLE turn (
        contact TEXT NOT NULL,
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        account TEXT NOT NULL,
        event_id INTEGER NOT NULL,
        at REAL NOT NULL,
        before TEXT NOT NULL,
        after TEXT NOT NULL,
        row TEXT NOT NULL,
        log TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE quarantine (
        contact TEXT NOT NULL DEFAULT '',
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at REAL NOT NULL,
        reason TEXT NOT NULL,
        body BLOB NOT NULL
    ) STRICT
    """,
    # These two lead with no contact: they must not know whose they are.
    """
    CREATE TABLE tombstone (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        mac BLOB NOT NULL UNIQUE,
        at REAL NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE tombstone_key (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        key BLOB NOT NULL
    ) STRICT
    """,
)

# A partial index serves only a query that repeats its WHERE with the same literals, not with parameters. SQLite looks
# the status up all the same, so an index that is to answer alone holds it.
_INDEXES = (
    "CREATE UNIQUE INDEX event_once ON event (contact, account, kind, key)",
    "CREATE INDEX event_head ON event (contact, id, status) WHERE status = 'waiting'",
    "CREATE INDEX event_queue ON event (id, contact, not_before, status) WHERE status = 'waiting'",
    "CREATE INDEX event_aside ON event (id) WHERE status = 'aside'",
    "CREATE INDEX outbox_contact ON outbox (contact, id)",
    "CREATE INDEX outbox_head ON outbox (contact, id, status) WHERE status IN ('waiting', 'sending', 'ambiguous')",
    "CREATE INDEX outbox_queue ON outbox (id, contact, not_before, status) WHERE status = 'waiting'",
    "CREATE INDEX outbox_ambiguous ON outbox (not_before) WHERE status = 'ambiguous'",
    "CREATE INDEX outbox_request ON outbox (request_id) WHERE request_id IS NOT NULL",
    "CREATE INDEX outbox_given_up ON outbox (id) WHERE status IN ('unknown', 'failed')",
    "CREATE INDEX outbox_open ON outbox (asked_at) WHERE asked_at IS NOT NULL",
    "CREATE UNIQUE INDEX receipt_once ON receipt (contact, key)",
    "CREATE INDEX receipt_orphan ON receipt (contact, request_id) WHERE status = 'orphan'",
    "CREATE INDEX timer_visit ON timer (contact, account, visit)",
    "CREATE INDEX timer_due ON timer (due, id) WHERE due IS NOT NULL",
    "CREATE INDEX timer_after ON timer (after_outbox) WHERE after_outbox IS NOT NULL",
    "CREATE INDEX invocation_visit ON invocation (contact, account, visit)",
    "CREATE INDEX invocation_due ON invocation (not_before, id) WHERE status = 'waiting'",
    "CREATE INDEX turn_contact ON turn (contact, id)",
)


@migrations()
def begin(db: Database) -> None:
    """Make the first tables."""
    for statement in _TABLES + _INDEXES:
        db.execute(statement)


@migrations()
def invocation_fingerprint(db: Database) -> None:
    """Keep with a slow call under which flow its data was written; "" for those that wait already."""
    db.execute("ALTER TABLE invocation ADD COLUMN fingerprint TEXT NOT NULL DEFAULT ''")


def apply(db: Database) -> None:
    """Bring ``db`` to the present schema. Raises StoreError when a newer version of this program has written it."""
    with closing(Database(memory=True)) as empty:
        known = {migration.name for migration in migrations.pending(empty)}
    unknown = [migration.name for migration in migrations.applied(db) if migration.name not in known]
    if unknown:
        raise StoreError(f"the database was written by a newer version (it has {', '.join(unknown)}): upgrade chatbot")
    migrations.apply(db)
