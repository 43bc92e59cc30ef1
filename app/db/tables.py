"""The fixed schemas as SQLAlchemy tables: the vocabulary of our expressions, and what `alembic check` compares.

Domain schemas are made by catalog.create_domain; `domain_tables` describes one for expressions.
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
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Interval,
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


def _time(name: str, *, optional: bool = False, default: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=optional, server_default=func.now() if default else None)


def _required(name: str, kind: object, *more: SchemaItem, **options: object) -> Column[object]:
    return Column(name, kind, *more, nullable=False, **options)  # type: ignore[arg-type]


clock = Table(
    "clock",
    metadata,
    Column("only_row", Boolean, primary_key=True),
    _required("clock_offset", Interval),
    schema="ops",
)
domains = Table(
    "domains",
    metadata,
    Column("name", Text, primary_key=True),
    _required("intent", Text),
    _time("created_at", default=True),
    schema="catalog",
)
namespaces = Table(
    "namespaces",
    metadata,
    Column("id", Uuid, primary_key=True),
    _required("domain", Text, ForeignKey("catalog.domains.name")),
    _required("name", Text),
    _required("model", Text),
    _required("dimensions", Integer),
    _required("status", Text),
    Column("gate_report", JSONB),
    _time("created_at", default=True),
    _time("activated_at", optional=True),
    _time("last_used_at", optional=True),
    _time("retire_after", optional=True),
    Column("trouble", Text),
    _time("trouble_at", optional=True),
    _required("ef_search", Integer, server_default="100"),
    UniqueConstraint("domain", "name"),
    Index("namespaces_one_active", "domain", unique=True, postgresql_where=text("status = 'active'")),
    Index("namespaces_one_building", "domain", unique=True, postgresql_where=text("status = 'building'")),
    schema="catalog",
)
revisions = Table(
    "revisions",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    _required("domain", Text, ForeignKey("catalog.domains.name")),
    _required("kind", Text),
    Column("undoes", BigInteger, ForeignKey("catalog.revisions.id"), unique=True),
    _required("message", Text),
    _required("author", Text),
    _time("created_at", default=True),
    Index("revisions_domain", "domain", "id"),
    schema="catalog",
)
revision_changes = Table(
    "revision_changes",
    metadata,
    Column("revision_id", BigInteger, ForeignKey("catalog.revisions.id"), primary_key=True),
    Column("version_id", Uuid, primary_key=True),
    _required("document_id", Uuid),
    Column("status_before", Text),
    _required("status_after", Text),
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
    _required("domain", Text, ForeignKey("catalog.domains.name")),
    _required("filename", Text),
    _required("body", Text),
    _time("created_at", default=True),
    schema="catalog",
)
notices = Table(
    "notices",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("noted_at", DateTime(timezone=True), nullable=False, server_default=text("ops.now()")),
    _required("event", Text),
    Column("domain", Text, ForeignKey("catalog.domains.name")),
    _required("message", Text),
    _required("details", JSONB),
    Index("notices_time", "noted_at"),
    schema="ops",
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Uuid, primary_key=True),
    _required("user_id", Text),
    _required("title", Text),
    _time("created_at", default=True),
    _time("last_active_at", default=True),
    _time("deleted_at", optional=True),
    Index("sessions_user", "user_id", desc("last_active_at"), postgresql_where=text("deleted_at IS NULL")),
    schema="chat",
)


def _from_answer(name: str, kind: object, expression: str) -> Column[object]:
    return Column(name, kind, Computed(expression, persisted=True))  # type: ignore[arg-type]


tasks = Table(
    "tasks",
    metadata,
    Column("id", Uuid, primary_key=True),
    _required("user_id", Text),
    _required("session_id", Uuid, ForeignKey("chat.sessions.id")),
    _required("question", Text),
    _required("normalised", Text),
    _required("fact_keys", ARRAY(Text)),
    _required("language", Text),
    _required("prompt_set", Text),
    _required("status", Text),
    _required("attempt", Integer),
    _required("runs", Integer),
    Column("job_id", BigInteger),
    _time("lease_until", optional=True),
    Column("flight_id", Uuid, ForeignKey("chat.tasks.id")),
    Column("shown_seq", Integer),
    Column("flight_key", LargeBinary),
    Column("shown_attempt", Integer),
    _time("left_at", optional=True),
    Column("left_answer", JSONB),
    _time("stop_requested_at", optional=True),
    _required("refunded", Boolean),
    _required("withheld", Integer),
    Column("namespaces", ARRAY(Uuid)),
    Column("route", JSONB),
    Column("sources", JSONB),
    Column("answer", JSONB),
    Column("error_code", Text),
    Column("last_seq", Integer),
    _required("answer_calls", SmallInteger),
    _required("reserved_tokens_in", Integer),
    _required("reserved_tokens_out", Integer),
    _required("reserved_money", Numeric(14, 8)),
    _time("accepted_at", default=True),
    _time("started_at", optional=True),
    _time("first_words_at", optional=True),
    _time("finished_at", optional=True),
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
    _required("body_hash", LargeBinary),
    _required("task_id", Uuid, ForeignKey("chat.tasks.id")),
    _time("created_at", default=True),
    Index("idempotency_keys_age", "created_at"),
    schema="chat",
)
turns = Table(
    "turns",
    metadata,
    Column("task_id", Uuid, ForeignKey("chat.tasks.id"), primary_key=True),
    Column("role", Text, primary_key=True),
    _required("session_id", Uuid, ForeignKey("chat.sessions.id")),
    _required("text", Text),
    _time("created_at", default=True),
    Index("turns_session", "session_id", "created_at"),
    schema="chat",
)
feedback = Table(
    "feedback",
    metadata,
    Column("task_id", Uuid, ForeignKey("chat.tasks.id"), primary_key=True),
    _required("score", SmallInteger),
    Column("comment", Text),
    _time("created_at", default=True),
    schema="chat",
)
rate_counters = Table(
    "rate_counters",
    metadata,
    Column("user_id", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    _required("used", Integer),
    schema="chat",
)
units_taken = Table(
    "units_taken",
    metadata,
    Column("task_id", Uuid, primary_key=True),
    _required("user_id", Text),
    _time("asked_at"),
    schema="chat",
)
stream_chunks = Table(
    "stream_chunks",
    metadata,
    Column("task_id", Uuid, primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("seq", Integer, primary_key=True),
    _required("event", Text),
    _required("data", Text),
    _time("created_at", default=True),
    schema="chat",
)
stream_subscribers = Table(
    "stream_subscribers",
    metadata,
    Column("task_id", Uuid, primary_key=True),
    Column("channel", Text, primary_key=True),
    _time("created_at", default=True),
    schema="chat",
)
stream_keys = Table(
    "stream_keys",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    _required("task_id", Uuid),
    _required("kind", Text),
    _time("expires_at"),
    Index("stream_keys_expiry", "expires_at"),
    schema="chat",
)

entries = Table(
    "entries",
    metadata,
    Column("id", Uuid, primary_key=True),
    _required("question", Text),
    _required("normalised", Text),
    _required("embedding", VECTOR(384)),
    _required("fact_keys", ARRAY(Text)),
    _required("language", Text),
    _required("prompt_set", Text),
    _required("route", JSONB),
    _required("sources", JSONB),
    _required("answer", JSONB),
    Column("intent", Text, Computed("answer ->> 'intent'", persisted=True), nullable=False),
    _time("created_at", default=True),
    _time("expires_at"),
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
    _required("namespace_id", Uuid, ForeignKey("catalog.namespaces.id")),
    schema="cache",
)
entry_hits = Table(
    "entry_hits",
    metadata,
    Column("entry_id", Uuid, primary_key=True),
    _required("hits", BigInteger),
    _time("last_hit_at"),
    schema="cache",
)
servings = Table(
    "servings",
    metadata,
    Column("task_id", Uuid, primary_key=True),
    _required("entry_id", Uuid),
    Column("asked", Text),
    Column("stored", Text),
    _required("near", Boolean),
    Column("saved_cost", Numeric(14, 8)),
    _required("saved_calls", Integer),
    _time("served_at"),
    Index("servings_entry", "entry_id"),
    Index("servings_texts", "served_at", postgresql_where=text("asked IS NOT NULL")),
    schema="cache",
)

withheld_sentences = Table(
    "withheld_sentences",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    _required("task_id", Uuid, ForeignKey("chat.tasks.id", ondelete="CASCADE")),
    _required("attempt", Integer),
    _required("tier", Text),
    _required("sentence", Text),
    _required("reason", Text),
    _required("cited", ARRAY(Uuid)),
    _time("created_at"),
    Index("withheld_sentences_task", "task_id"),
    Index("withheld_sentences_day", "created_at"),
    schema="ops",
)
llm_calls = Table(
    "llm_calls",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("task_id", Uuid),
    Column("attempt", Integer),
    _required("node", Text),
    _required("model", Text),
    _required("tokens_in", Integer),
    _required("tokens_out", Integer),
    Column("cost", Numeric(14, 8)),
    _required("ms", Integer),
    _required("outcome", Text),
    _time("created_at", default=True),
    Index("llm_calls_task", "task_id", postgresql_where=text("task_id IS NOT NULL")),
    Index("llm_calls_day", "created_at"),
    schema="ops",
)
model_switch = Table(
    "model_switch",
    metadata,
    Column("only_row", Boolean, primary_key=True),
    _time("stopped_at", default=True),
    _required("reason", Text),
    schema="ops",
)
model_days = Table(
    "model_days",
    metadata,
    Column("day", Date, primary_key=True),
    _required("calls", BigInteger),
    _required("tokens", BigInteger),
    _required("money", Numeric(20, 8)),
    Column("most_tokens", BigInteger),
    Column("most_money", Numeric(20, 8)),
    schema="ops",
)
provider_breakers = Table(
    "provider_breakers",
    metadata,
    Column("provider", Text, primary_key=True),
    Column("model", Text, primary_key=True),
    _required("state", Text),
    _required("failures", Integer),
    _required("successes", Integer),
    _required("trips", Integer),
    _time("retry_at", optional=True),
    Column("last_failure", Text),
    _time("changed_at", default=True),
    schema="ops",
)
retry_budgets = Table(
    "retry_budgets",
    metadata,
    Column("provider", Text, primary_key=True),
    _required("tokens", Double),
    _time("filled_at"),
    schema="ops",
)
