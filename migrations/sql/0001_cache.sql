-- Finished answers that may be served again, and what each depends on.

CREATE SCHEMA cache;

CREATE TABLE cache.entries (
    id         uuid PRIMARY KEY DEFAULT uuidv7(),
    question   text NOT NULL,
    normalised text NOT NULL,
    embedding  vector(384) NOT NULL,
    fact_keys  text[] NOT NULL,
    language   text NOT NULL,
    prompt_set text NOT NULL,
    route      jsonb NOT NULL,
    sources    jsonb NOT NULL,
    answer     jsonb NOT NULL,
    intent     text NOT NULL GENERATED ALWAYS AS (answer ->> 'intent') STORED,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX entries_exact ON cache.entries (normalised, language, prompt_set);
CREATE INDEX entries_embedding ON cache.entries USING hnsw (embedding vector_cosine_ops);

-- Each version an answer cites and each namespace that found it. An entry whose version is not live or whose namespace
-- is not active is passed over, not deleted, so that an undo or a rollback brings it back.
CREATE TABLE cache.entry_sources (
    entry_id     uuid NOT NULL REFERENCES cache.entries (id) ON DELETE CASCADE,
    domain       text NOT NULL REFERENCES catalog.domains (name),
    version_id   uuid NOT NULL,
    namespace_id uuid NOT NULL REFERENCES catalog.namespaces (id),
    PRIMARY KEY (entry_id, domain, version_id)
);

CREATE UNLOGGED TABLE cache.entry_hits (
    entry_id    uuid PRIMARY KEY,
    hits        bigint NOT NULL DEFAULT 0,
    last_hit_at timestamptz NOT NULL
) WITH (fillfactor = 50);

CREATE FUNCTION cache.lookup(p_normalised text, p_language text, p_prompt_set text)
RETURNS SETOF cache.entries LANGUAGE sql STABLE AS $$
    -- The newest usable entry for exactly this question, or nothing.
    SELECT e.* FROM cache.entries e
    WHERE e.normalised = p_normalised AND e.language = p_language AND e.prompt_set = p_prompt_set
      AND e.expires_at > ops.now()
      AND EXISTS (SELECT FROM cache.entry_sources s WHERE s.entry_id = e.id)
      AND NOT EXISTS (
          SELECT FROM cache.entry_sources s
          LEFT JOIN catalog.versions v ON v.domain = s.domain AND v.id = s.version_id AND v.status = 'live'
          LEFT JOIN catalog.namespaces n ON n.id = s.namespace_id AND n.status = 'active'
          WHERE s.entry_id = e.id AND (v.id IS NULL OR n.id IS NULL))
    ORDER BY e.created_at DESC, e.id DESC LIMIT 1
$$;
