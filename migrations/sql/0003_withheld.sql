-- What the verifier kept from students, for those who look after the content, the prompts and the verifier itself.

CREATE TABLE ops.withheld_sentences (
    id         bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    task_id    uuid NOT NULL REFERENCES chat.tasks (id) ON DELETE CASCADE,
    attempt    integer NOT NULL CHECK (attempt > 0),
    tier       text NOT NULL CHECK (tier IN ('primary', 'secondary', 'cache', 'extractive', 'none')),
    sentence   text NOT NULL,
    reason     text NOT NULL,
    cited      uuid[] NOT NULL,  -- parents; no foreign key: parents live in the domains' schemas
    created_at timestamptz NOT NULL
);
CREATE INDEX withheld_sentences_task ON ops.withheld_sentences (task_id);
CREATE INDEX withheld_sentences_day ON ops.withheld_sentences (created_at);

CREATE VIEW ops.withheld AS
SELECT (w.created_at AT TIME ZONE 'Asia/Kolkata')::date AS day, w.task_id, w.attempt, w.tier, t.intent,
       w.sentence, w.reason, w.cited
FROM ops.withheld_sentences w JOIN chat.tasks t ON t.id = w.task_id
ORDER BY w.id;
COMMENT ON VIEW ops.withheld IS 'Sentences the verifier kept from students, with the reason and the parents they cite.';

CREATE FUNCTION ops.drop_old_withheld(p_after interval DEFAULT '90 days', p_limit integer DEFAULT 1000)
RETURNS integer LANGUAGE sql AS $$
    WITH old AS (
        DELETE FROM ops.withheld_sentences WHERE id IN (
            SELECT id FROM ops.withheld_sentences WHERE created_at < ops.now() - p_after
            ORDER BY created_at LIMIT p_limit FOR UPDATE SKIP LOCKED)
        RETURNING id
    )
    SELECT count(*)::integer FROM old
$$;
COMMENT ON FUNCTION ops.drop_old_withheld IS
    'Delete withheld sentences of that age, oldest first, so many at a time; returns how many.';
