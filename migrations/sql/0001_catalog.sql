-- Which domains there are, which embeddings serve them, and what content changes were made.

CREATE SCHEMA catalog;
CREATE SCHEMA ops;

-- Empty outside tests; ops.set_clock_offset refuses to fill it elsewhere.
CREATE TABLE ops.clock (
    only_row     boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    clock_offset interval NOT NULL DEFAULT '0'
);

CREATE FUNCTION ops.now() RETURNS timestamptz LANGUAGE sql STABLE
RETURN now() + coalesce((SELECT clock_offset FROM ops.clock), interval '0');
COMMENT ON FUNCTION ops.now() IS 'The one clock for days and ages.';

CREATE FUNCTION ops.set_clock_offset(p_offset interval) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('prashna.testing', true), '') <> 'on' THEN
        RAISE EXCEPTION 'the clock is moved by tests only (SET prashna.testing = ''on'')';
    END IF;
    -- In seconds: days would be added by the calendar of the session's time zone.
    INSERT INTO ops.clock (clock_offset) VALUES (make_interval(secs => extract(epoch FROM p_offset)::double precision))
    ON CONFLICT (only_row) DO UPDATE SET clock_offset = excluded.clock_offset;
END;
$$;

CREATE TABLE catalog.domains (
    name       text PRIMARY KEY CHECK (name ~ '^[a-z][a-z0-9_]{0,39}$'),
    intent     text NOT NULL CHECK (intent IN ('factual', 'pyq', 'essay', 'current_affairs')),
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE catalog.namespaces (
    id           uuid PRIMARY KEY DEFAULT uuidv7(),
    domain       text NOT NULL REFERENCES catalog.domains (name),
    name         text NOT NULL CHECK (name ~ '^[a-z][a-z0-9_]{0,49}$'),
    model        text NOT NULL,
    dimensions   integer NOT NULL CHECK (dimensions BETWEEN 1 AND 4000),
    status       text NOT NULL CHECK (status IN ('building', 'active', 'retiring', 'dropped')),
    gate_report  jsonb,
    created_at   timestamptz NOT NULL DEFAULT now(),
    activated_at timestamptz,
    last_used_at timestamptz,
    retire_after timestamptz,
    UNIQUE (domain, name),
    CHECK ((status = 'retiring') <= (retire_after IS NOT NULL))
);
CREATE UNIQUE INDEX namespaces_one_active ON catalog.namespaces (domain) WHERE status = 'active';

CREATE TABLE catalog.revisions (
    id         bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    domain     text NOT NULL REFERENCES catalog.domains (name),
    kind       text NOT NULL CHECK (kind IN ('apply', 'publish', 'withdraw', 'undo')),
    undoes     bigint UNIQUE REFERENCES catalog.revisions (id),
    message    text NOT NULL,
    author     text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK ((kind = 'undo') = (undoes IS NOT NULL))
);
CREATE INDEX revisions_domain ON catalog.revisions (domain, id);

-- What each revision did to each version it touched, so that undo restores exactly that.
CREATE TABLE catalog.revision_changes (
    revision_id         bigint NOT NULL REFERENCES catalog.revisions (id),
    version_id          uuid NOT NULL,
    document_id         uuid NOT NULL,
    status_before       text CHECK (status_before IN ('draft', 'live', 'ended', 'withdrawn')),
    status_after        text NOT NULL CHECK (status_after IN ('draft', 'live', 'ended', 'withdrawn')),
    effective_to_before date,
    effective_to_after  date,
    PRIMARY KEY (revision_id, version_id)
);
CREATE INDEX revision_changes_document ON catalog.revision_changes (document_id);

CREATE TABLE catalog.cutovers (
    revision   text PRIMARY KEY,
    domain     text NOT NULL REFERENCES catalog.domains (name),
    filename   text NOT NULL,
    body       text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
