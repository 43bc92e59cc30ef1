-- Stored answers served by meaning: a question is found by its keys, and a hit needs equal keys and a near vector.
-- Entries of the first release have other keys and the vectors of other texts, so the cache starts again empty.

TRUNCATE cache.entries, cache.entry_sources, cache.entry_hits;
-- All that were searched for the answer; entry_sources has those of what it cites.
ALTER TABLE cache.entries ADD COLUMN namespaces uuid[] NOT NULL DEFAULT '{}';
-- Hash indexes take a question of any length, where a B-tree refuses a row above 2.7 kB; and equal keys are demanded, so
-- the entries worth comparing are found by them: exact whatever the number of entries, where an approximate vector index
-- would lose some and walk on and on for a question that nobody has asked.
DROP INDEX cache.entries_exact, cache.entries_embedding;
CREATE INDEX entries_exact ON cache.entries USING hash (normalised);
CREATE INDEX entries_keys ON cache.entries USING hash (fact_keys);
CREATE INDEX entries_expiry ON cache.entries (expires_at);

-- Every time a stored answer was served: what it spared, and what a student's "wrong answer" points back to.
-- No foreign keys: it outlives the entry, which may be purged.
CREATE TABLE cache.servings (
    task_id     uuid PRIMARY KEY,
    entry_id    uuid NOT NULL,
    asked       text,              -- both texts: null 30 days later, or once the session is deleted
    stored      text,
    near        boolean NOT NULL,  -- another wording than the stored question's
    saved_cost  numeric(14, 8),    -- US dollars; null where the price of its model is not known
    saved_calls integer NOT NULL CHECK (saved_calls >= 0),
    served_at   timestamptz NOT NULL
);
CREATE INDEX servings_entry ON cache.servings (entry_id);
CREATE INDEX servings_texts ON cache.servings (served_at) WHERE asked IS NOT NULL;

-- Entries that may not be served now, a row for each reason: a version that they cite is not live or not effective
-- today, or a namespace that was searched for them is not active. They are passed over, not deleted.
CREATE VIEW cache.silent AS
SELECT s.entry_id
FROM cache.entry_sources s
LEFT JOIN catalog.versions v ON v.domain = s.domain AND v.id = s.version_id AND v.status = 'live'
    AND (v.effective_from IS NULL OR v.effective_from <= chat.today())
    AND (v.effective_to IS NULL OR v.effective_to > chat.today())
LEFT JOIN catalog.namespaces n ON n.id = s.namespace_id AND n.status = 'active'
WHERE v.id IS NULL OR n.id IS NULL
UNION ALL
SELECT e.id
FROM cache.entries e CROSS JOIN unnest(e.namespaces) AS used (id)
LEFT JOIN catalog.namespaces n ON n.id = used.id AND n.status = 'active'
WHERE n.id IS NULL;

CREATE FUNCTION cache.usable(p_entry uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM cache.entry_sources s WHERE s.entry_id = p_entry)
       AND NOT EXISTS (SELECT FROM cache.silent s WHERE s.entry_id = p_entry)
$$;

DROP FUNCTION cache.lookup(text, text, text);
-- The usable entry for exactly this question, newest first; else the nearest one with equal keys and at least
-- p_threshold of cosine. Without an embedding (a personal question) there is none.
CREATE FUNCTION cache.lookup(
    p_normalised text, p_embedding vector, p_fact_keys text[], p_language text, p_prompt_set text, p_threshold real
) RETURNS SETOF cache.entries LANGUAGE plpgsql STABLE
-- A plan kept from the time when the cache was empty would read the whole table for ever.
SET enable_seqscan = off AS $$
BEGIN
    IF p_embedding IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY
        SELECT e.* FROM cache.entries e
        WHERE e.normalised = p_normalised AND e.language = p_language AND e.prompt_set = p_prompt_set
          AND e.expires_at > ops.now() AND cache.usable(e.id)
        ORDER BY e.created_at DESC, e.id DESC LIMIT 1;
    IF FOUND THEN
        RETURN;
    END IF;
    RETURN QUERY
        SELECT e.* FROM cache.entries e
        WHERE e.fact_keys = p_fact_keys AND e.language = p_language AND e.prompt_set = p_prompt_set
          AND e.expires_at > ops.now() AND 1 - (e.embedding <=> p_embedding) >= p_threshold AND cache.usable(e.id)
        ORDER BY e.embedding <=> p_embedding, e.created_at DESC, e.id DESC LIMIT 1;
END;
$$;

-- Note that this entry answered this task; once a task, however often its worker tries.
CREATE FUNCTION cache.note_serving(p_task uuid, p_asked text, p_normalised text, p_entry cache.entries)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO cache.servings (task_id, entry_id, asked, stored, near, saved_cost, saved_calls, served_at)
    VALUES (p_task, p_entry.id, p_asked, p_entry.question, p_entry.normalised <> p_normalised,
            (p_entry.answer #>> '{usage,cost}')::numeric, coalesce((p_entry.answer #>> '{usage,calls}')::integer, 0),
            ops.now())
    ON CONFLICT (task_id) DO NOTHING;
    IF FOUND THEN
        INSERT INTO cache.entry_hits AS h (entry_id, hits, last_hit_at) VALUES (p_entry.id, 1, ops.now())
        ON CONFLICT (entry_id) DO UPDATE SET hits = h.hits + 1, last_hit_at = excluded.last_hit_at;
    END IF;
END;
$$;
