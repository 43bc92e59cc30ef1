"""The tables of the schema `ops`, as those of `app.db.tables`: what is noted for operators, money and breakers."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Interval,
    Numeric,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from app.db.tables import metadata, moment, required

# Alembic takes it from here: with these tables in it too.
__all__ = ["metadata"]

clock = Table(
    "clock",
    metadata,
    Column("only_row", Boolean, primary_key=True),
    required("clock_offset", Interval),
    schema="ops",
)
notices = Table(
    "notices",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("noted_at", DateTime(timezone=True), nullable=False, server_default=text("ops.now()")),
    required("event", Text),
    Column("domain", Text, ForeignKey("catalog.domains.name")),
    required("message", Text),
    required("details", JSONB),
    Index("notices_time", "noted_at"),
    schema="ops",
)
withheld_sentences = Table(
    "withheld_sentences",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    required("task_id", Uuid, ForeignKey("chat.tasks.id", ondelete="CASCADE")),
    required("attempt", Integer),
    required("tier", Text),
    required("sentence", Text),
    required("reason", Text),
    required("cited", ARRAY(Uuid)),
    moment("created_at"),
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
    required("node", Text),
    required("model", Text),
    required("tokens_in", Integer),
    required("tokens_out", Integer),
    Column("cost", Numeric(14, 8)),
    required("ms", Integer),
    required("outcome", Text),
    moment("created_at", default=True),
    Index("llm_calls_task", "task_id", postgresql_where=text("task_id IS NOT NULL")),
    Index("llm_calls_day", "created_at"),
    schema="ops",
)
model_switch = Table(
    "model_switch",
    metadata,
    Column("only_row", Boolean, primary_key=True),
    moment("stopped_at", default=True),
    required("reason", Text),
    schema="ops",
)
model_days = Table(
    "model_days",
    metadata,
    Column("day", Date, primary_key=True),
    required("calls", BigInteger),
    required("tokens", BigInteger),
    required("money", Numeric(20, 8)),
    Column("most_tokens", BigInteger),
    Column("most_money", Numeric(20, 8)),
    schema="ops",
)
provider_breakers = Table(
    "provider_breakers",
    metadata,
    Column("provider", Text, primary_key=True),
    Column("model", Text, primary_key=True),
    required("state", Text),
    required("failures", Integer),
    required("successes", Integer),
    required("trips", Integer),
    moment("retry_at", optional=True),
    Column("last_failure", Text),
    moment("changed_at", default=True),
    schema="ops",
)
retry_budgets = Table(
    "retry_budgets",
    metadata,
    Column("provider", Text, primary_key=True),
    required("tokens", Double),
    moment("filled_at"),
    schema="ops",
)
