"""The fixed schemas as SQLAlchemy tables: the vocabulary of our expressions, and what `alembic check` compares.

Those of `ops` are in `app.db.ops_tables`; domain schemas are made by catalog.create_domain.
"""

from pgvector.sqlalchemy import VECTOR
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Computed,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    desc,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import SchemaItem

metadata = MetaData()


def moment(name: str, *, optional: bool = False, default: bool = False) -> Column[object]:
    """A column with a moment; without one only where that is `optional`, now where `default`."""
    return Column(name, DateTime(timezone=True), nullable=optional, server_default=func.now() if default else None)


def required(name: str, kind: object, *more: SchemaItem, **options: object) -> Column[object]:
    """A column that always has a value."""
    return Column(name, kind, *more, nullable=False, **options)  # type: ignore[arg-type]


domains = Table(
    "domains",
    metadata,
    Column("name", Text, primary_key=True),
    required("intent", Text),
    moment("created_at", default=True),
    schema="catalog",
)
namespaces = Table(
    "namespaces",
    metadata,
    Column("id", Uuid, primary_key=True),
    required("domain", Text, ForeignKey("catalog.domains.name")),
    required("name", Text),
    required("model", Text),
    required("dimensions", Integer),
    required("status", Text),
    Column("gate_report", JSONB),
    moment("created_at", default=True),
    moment("activated_at", optional=True),
    moment("last_used_at", optional=True),
    moment("retire_after", optional=True),
    Column("trouble", Text),
    moment("trouble_at", optional=True),
    required("ef_search", Integer, server_default="100"),
    UniqueConstraint("domain", "name"),
    Index("namespaces_one_active", "domain", unique=True, postgresql_where=text("status = 'active'")),
    Index("namespaces_one_building", "domain", unique=True, postgresql_where=text("status = 'building'")),
    schema="catalog",
)
revisions = Table(
    "revisions",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    required("domain", Text, ForeignKey("catalog.domains.name")),
    required("kind", Text),
    Column("undoes", BigInteger, ForeignKey("catalog.revisions.id"), unique=True),
    required("message", Text),
    required("author", Text),
    moment("created_at", default=True),
    Index("revisions_domain", "domain", "id"),
    schema="catalog",
)
revision_changes = Table(
    "revision_changes",
    metadata,
    Column("revision_id", BigInteger, ForeignKey("catalog.revisions.id"), primary_key=True),
    Column("version_id", Uuid, primary_key=True),
    required("document_id", Uuid),
    Column("status_before", Text),
    required("status_after", Text),
    Column("effective_to_before", Date),
    Column("effective_to_after", Date),
    Column("goes_live_before", BigInteger, ForeignKey("catalog.revisions.id")),
    Index("revision_changes_document", "document_id"),
    schema="catalog",
)
cutovers = Table(
    "cutovers",
    metadata,
    Column("revision", Text, primary_key=True),
    required("domain", Text, ForeignKey("catalog.domains.name")),
    required("filename", Text),
    required("body", Text),
    moment("created_at", default=True),
    schema="catalog",
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Uuid, primary_key=True),
    required("user_id", Text),
    required("title", Text),
    moment("created_at", default=True),
    moment("last_active_at", default=True),
    moment("deleted_at", optional=True),
    Index("sessions_user", "user_id", desc("last_active_at"), postgresql_where=text("deleted_at IS NULL")),
    schema="chat",
)


def _from_answer(name: str, kind: object, expression: str) -> Column[object]:
    return Column(name, kind, Computed(expression, persisted=True))  # type: ignore[arg-type]


tasks = Table(
    "tasks",
    metadata,
    Column("id", Uuid, primary_key=True),
    required("user_id", Text),
    required("session_id", Uuid, ForeignKey("chat.sessions.id")),
    required("question", Text),
    required("normalised", Text),
    required("fact_keys", ARRAY(Text)),
    required("language", Text),
    required("prompt_set", Text),
    required("status", Text),
    required("attempt", Integer),
    required("runs", Integer),
    Column("job_id", BigInteger),
    moment("lease_until", optional=True),
    Column("flight_id", Uuid, ForeignKey("chat.tasks.id")),
    Column("shown_seq", Integer),
    Column("flight_key", LargeBinary),
    Column("shown_attempt", Integer),
    moment("left_at", optional=True),
    Column("left_answer", JSONB),
    moment("stop_requested_at", optional=True),
    required("refunded", Boolean),
    required("withheld", Integer),
    Column("namespaces", ARRAY(Uuid)),
    Column("route", JSONB),
    Column("sources", JSONB),
    Column("answer", JSONB),
    Column("error_code", Text),
    Column("last_seq", Integer),
    required("answer_calls", SmallInteger),
    required("reserved_tokens_in", Integer),
    required("reserved_tokens_out", Integer),
    required("reserved_money", Numeric(14, 8)),
    moment("accepted_at", default=True),
    moment("started_at", optional=True),
    moment("first_words_at", optional=True),
    moment("finished_at", optional=True),
    _from_answer("intent", Text, "answer ->> 'intent'"),
    _from_answer("tier", Text, "answer ->> 'tier'"),
    _from_answer("model", Text, "answer ->> 'model'"),
    _from_answer("is_fallback", Boolean, "(answer ->> 'is_fallback')::boolean"),
    _from_answer("refused", Boolean, "(answer ->> 'refused')::boolean"),
    _from_answer("stopped", Boolean, "(answer ->> 'stopped')::boolean"),
    _from_answer("cached", Boolean, "(answer ->> 'cached')::boolean"),
    Index("tasks_user_day", "user_id", "accepted_at"),
    Index("tasks_session", "session_id", "accepted_at"),
    Index("tasks_unfinished", "lease_until", postgresql_where=text("status IN ('queued', 'running')")),
    Index("tasks_flight", "flight_id", postgresql_where=text("flight_id IS NOT NULL")),
    Index(
        "tasks_leader",
        "flight_key",
        unique=True,
        postgresql_where=text("flight_id = id AND status IN ('queued', 'running')"),
    ),
    Index("tasks_user_unfinished", "user_id", postgresql_where=text("status IN ('queued', 'running')")),
    Index("tasks_run_ended", "finished_at", postgresql_where=text("job_id IS NOT NULL")),
    schema="chat",
)
idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("user_id", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    required("body_hash", LargeBinary),
    required("task_id", Uuid, ForeignKey("chat.tasks.id")),
    moment("created_at", default=True),
    Index("idempotency_keys_age", "created_at"),
    schema="chat",
)
turns = Table(
    "turns",
    metadata,
    Column("task_id", Uuid, ForeignKey("chat.tasks.id"), primary_key=True),
    Column("role", Text, primary_key=True),
    required("session_id", Uuid, ForeignKey("chat.sessions.id")),
    required("text", Text),
    moment("created_at", default=True),
    Index("turns_session", "session_id", "created_at"),
    schema="chat",
)
feedback = Table(
    "feedback",
    metadata,
    Column("task_id", Uuid, ForeignKey("chat.tasks.id"), primary_key=True),
    required("score", SmallInteger),
    Column("comment", Text),
    moment("created_at", default=True),
    schema="chat",
)
rate_counters = Table(
    "rate_counters",
    metadata,
    Column("user_id", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    required("used", Integer),
    schema="chat",
)
units_taken = Table(
    "units_taken",
    metadata,
    Column("task_id", Uuid, primary_key=True),
    required("user_id", Text),
    moment("asked_at"),
    schema="chat",
)
stream_chunks = Table(
    "stream_chunks",
    metadata,
    Column("task_id", Uuid, primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("seq", Integer, primary_key=True),
    required("event", Text),
    required("data", Text),
    moment("created_at", default=True),
    schema="chat",
)
stream_subscribers = Table(
    "stream_subscribers",
    metadata,
    Column("task_id", Uuid, primary_key=True),
    Column("channel", Text, primary_key=True),
    moment("created_at", default=True),
    schema="chat",
)
stream_keys = Table(
    "stream_keys",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    required("task_id", Uuid),
    required("kind", Text),
    moment("expires_at"),
    Index("stream_keys_expiry", "expires_at"),
    schema="chat",
)

entries = Table(
    "entries",
    metadata,
    Column("id", Uuid, primary_key=True),
    required("question", Text),
    required("normalised", Text),
    required("embedding", VECTOR(384)),
    required("fact_keys", ARRAY(Text)),
    required("language", Text),
    required("prompt_set", Text),
    required("route", JSONB),
    required("sources", JSONB),
    required("answer", JSONB),
    Column("intent", Text, Computed("answer ->> 'intent'", persisted=True), nullable=False),
    moment("created_at", default=True),
    moment("expires_at"),
    Column("namespaces", ARRAY(Uuid), nullable=False, server_default="{}"),
    Index("entries_exact", "normalised", postgresql_using="hash"),
    Index("entries_keys", "fact_keys", postgresql_using="hash"),
    Index("entries_expiry", "expires_at"),
    schema="cache",
)
entry_sources = Table(
    "entry_sources",
    metadata,
    Column("entry_id", Uuid, ForeignKey("cache.entries.id", ondelete="CASCADE"), primary_key=True),
    Column("domain", Text, ForeignKey("catalog.domains.name"), primary_key=True),
    Column("version_id", Uuid, primary_key=True),
    required("namespace_id", Uuid, ForeignKey("catalog.namespaces.id")),
    schema="cache",
)
entry_hits = Table(
    "entry_hits",
    metadata,
    Column("entry_id", Uuid, primary_key=True),
    required("hits", BigInteger),
    moment("last_hit_at"),
    schema="cache",
)
servings = Table(
    "servings",
    metadata,
    Column("task_id", Uuid, primary_key=True),
    required("entry_id", Uuid),
    Column("asked", Text),
    Column("stored", Text),
    required("near", Boolean),
    Column("saved_cost", Numeric(14, 8)),
    required("saved_calls", Integer),
    moment("served_at"),
    Index("servings_entry", "entry_id"),
    Index("servings_texts", "served_at", postgresql_where=text("asked IS NOT NULL")),
    schema="cache",
)
