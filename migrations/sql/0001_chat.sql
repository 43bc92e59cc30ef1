-- Students' side: sessions, tasks and their turns, quota counters, the token stream.

CREATE SCHEMA chat;

CREATE FUNCTION chat.today() RETURNS date LANGUAGE sql STABLE
RETURN (ops.now() AT TIME ZONE 'Asia/Kolkata')::date;

CREATE FUNCTION chat.day_start(p_day date) RETURNS timestamptz LANGUAGE sql IMMUTABLE
RETURN p_day::timestamp AT TIME ZONE 'Asia/Kolkata';

CREATE TABLE chat.sessions (
    id             uuid PRIMARY KEY,
    user_id        text NOT NULL,
    title          text NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    last_active_at timestamptz NOT NULL DEFAULT now(),
    deleted_at     timestamptz
);
CREATE INDEX sessions_user ON chat.sessions (user_id, last_active_at DESC) WHERE deleted_at IS NULL;

CREATE TABLE chat.tasks (
    id                uuid PRIMARY KEY,
    user_id           text NOT NULL,
    session_id        uuid NOT NULL REFERENCES chat.sessions (id),
    question          text NOT NULL CHECK (question <> ''),
    normalised        text NOT NULL,
    fact_keys         text[] NOT NULL,
    language          text NOT NULL,
    prompt_set        text NOT NULL,
    status            text NOT NULL CHECK (status IN ('queued', 'running', 'done', 'failed')),
    attempt           integer NOT NULL DEFAULT 0 CHECK (attempt >= 0),
    runs              integer NOT NULL DEFAULT 0 CHECK (runs >= 0),
    job_id            bigint,
    lease_until       timestamptz,
    flight_id         uuid REFERENCES chat.tasks (id),
    shown_seq         integer,
    stop_requested_at timestamptz,
    refunded          boolean NOT NULL DEFAULT false,
    withheld          integer NOT NULL DEFAULT 0 CHECK (withheld >= 0),
    namespaces        uuid[],
    route             jsonb,
    sources           jsonb,
    answer            jsonb,
    error_code        text,
    last_seq          integer,
    accepted_at       timestamptz NOT NULL DEFAULT now(),
    started_at        timestamptz,
    first_words_at    timestamptz,
    finished_at       timestamptz,
    intent            text GENERATED ALWAYS AS (answer ->> 'intent') STORED,
    tier              text GENERATED ALWAYS AS (answer ->> 'tier') STORED,
    model             text GENERATED ALWAYS AS (answer ->> 'model') STORED,
    is_fallback       boolean GENERATED ALWAYS AS ((answer ->> 'is_fallback')::boolean) STORED,
    refused           boolean GENERATED ALWAYS AS ((answer ->> 'refused')::boolean) STORED,
    stopped           boolean GENERATED ALWAYS AS ((answer ->> 'stopped')::boolean) STORED,
    cached            boolean GENERATED ALWAYS AS ((answer ->> 'cached')::boolean) STORED,
    CONSTRAINT done_means_answered CHECK ((status = 'done') = (answer IS NOT NULL)),
    CONSTRAINT failed_means_error CHECK ((status = 'failed') = (error_code IS NOT NULL)),
    CONSTRAINT ended_means_finished CHECK ((status IN ('done', 'failed')) = (finished_at IS NOT NULL)),
    CONSTRAINT running_means_leased CHECK ((status = 'running') = (lease_until IS NOT NULL))
);
CREATE INDEX tasks_user_day ON chat.tasks (user_id, accepted_at);
CREATE INDEX tasks_session ON chat.tasks (session_id, accepted_at);
CREATE INDEX tasks_unfinished ON chat.tasks (lease_until) WHERE status IN ('queued', 'running');
CREATE INDEX tasks_flight ON chat.tasks (flight_id) WHERE flight_id IS NOT NULL;

CREATE TABLE chat.idempotency_keys (
    user_id    text NOT NULL,
    key        text NOT NULL,
    body_hash  bytea NOT NULL,
    task_id    uuid NOT NULL REFERENCES chat.tasks (id),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, key)
);
CREATE INDEX idempotency_keys_age ON chat.idempotency_keys (created_at);

CREATE TABLE chat.turns (
    task_id    uuid NOT NULL REFERENCES chat.tasks (id),
    role       text NOT NULL CHECK (role IN ('user', 'assistant')),
    session_id uuid NOT NULL REFERENCES chat.sessions (id),
    text       text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (task_id, role)
);
CREATE INDEX turns_session ON chat.turns (session_id, created_at);

CREATE TABLE chat.feedback (
    task_id    uuid PRIMARY KEY REFERENCES chat.tasks (id),
    score      smallint NOT NULL CHECK (score IN (0, 1)),
    comment    text,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- A cache of counts: after a crash a missing row starts again from the tasks of the day.
CREATE UNLOGGED TABLE chat.rate_counters (
    user_id text NOT NULL,
    day     date NOT NULL,
    used    integer NOT NULL CHECK (used >= 0),
    PRIMARY KEY (user_id, day)
) WITH (fillfactor = 50);

CREATE UNLOGGED TABLE chat.stream_chunks (
    task_id    uuid NOT NULL,
    attempt    integer NOT NULL CHECK (attempt >= 1),
    seq        integer NOT NULL CHECK (seq >= 1),
    event      text NOT NULL,
    data       text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (task_id, attempt, seq)
);

CREATE UNLOGGED TABLE chat.stream_subscribers (
    task_id    uuid NOT NULL,
    channel    text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (task_id, channel)
);

-- Single-use tickets (first connect of a plain EventSource) and the cookies that they turn into. Only hashes are kept.
CREATE UNLOGGED TABLE chat.stream_keys (
    hash       bytea PRIMARY KEY,
    task_id    uuid NOT NULL,
    kind       text NOT NULL CHECK (kind IN ('ticket', 'cookie')),
    expires_at timestamptz NOT NULL
);
CREATE INDEX stream_keys_expiry ON chat.stream_keys (expires_at);
