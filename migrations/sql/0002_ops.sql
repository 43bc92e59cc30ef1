CREATE VIEW ops.cache_stats AS
-- The rule of cache.usable for all entries at once: one pass, where the function would be called for each.
WITH judged AS (
    SELECT entry_id, entry_id NOT IN (SELECT entry_id FROM cache.silent) AS usable
    FROM (SELECT DISTINCT entry_id FROM cache.entry_sources) AS sourced
), entries AS (
    SELECT count(*) AS entries,
           count(*) FILTER (WHERE e.expires_at > ops.now() AND coalesce(j.usable, false)) AS live,
           count(*) FILTER (WHERE e.expires_at > ops.now() AND NOT coalesce(j.usable, false)) AS silent,
           count(*) FILTER (WHERE e.expires_at <= ops.now()) AS expired
    FROM cache.entries e LEFT JOIN judged j ON j.entry_id = e.id
), servings AS (
    SELECT count(*) AS hits, count(*) FILTER (WHERE NOT near) AS exact_hits, count(*) FILTER (WHERE near) AS near_hits,
           coalesce(sum(saved_cost), 0) AS saved_cost, count(*) FILTER (WHERE saved_cost IS NULL) AS unpriced_hits,
           coalesce(sum(saved_calls), 0) AS saved_calls,
           count(*) FILTER (WHERE f.score = 0) AS false_hit_reports
    FROM cache.servings s LEFT JOIN chat.feedback f ON f.task_id = s.task_id
)
SELECT * FROM entries, servings;
COMMENT ON VIEW ops.cache_stats IS
    'One row: stored answers (live, silent, expired), hits (same and other wording), money and calls saved in US dollars, '
    'and hits that a student marked as wrong.';

CREATE VIEW ops.cache_false_hits AS
SELECT s.served_at, s.task_id, s.entry_id, s.near, s.asked, s.stored, f.comment
FROM cache.servings s JOIN chat.feedback f ON f.task_id = s.task_id AND f.score = 0
WHERE s.asked IS NOT NULL
ORDER BY s.served_at DESC;
COMMENT ON VIEW ops.cache_false_hits IS 'Stored answers that a student marked as wrong in the last 30 days, with both questions.';

CREATE FUNCTION ops.drop_expired_answers(
    p_after interval DEFAULT '7 days', p_limit integer DEFAULT 1000, p_texts_after interval DEFAULT '30 days'
) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    gone integer;
BEGIN
    WITH old AS (
        DELETE FROM cache.entries WHERE id IN (
            SELECT id FROM cache.entries WHERE expires_at < ops.now() - p_after
            ORDER BY expires_at LIMIT p_limit FOR UPDATE SKIP LOCKED)
        RETURNING id
    ), counters AS (
        DELETE FROM cache.entry_hits h USING old WHERE h.entry_id = old.id
    )
    SELECT count(*) INTO gone FROM old;
    UPDATE cache.servings SET asked = NULL, stored = NULL WHERE task_id IN (
        SELECT task_id FROM cache.servings WHERE asked IS NOT NULL AND served_at < ops.now() - p_texts_after
        ORDER BY served_at LIMIT p_limit FOR UPDATE SKIP LOCKED);
    RETURN gone;
END;
$$;
COMMENT ON FUNCTION ops.drop_expired_answers IS
    'Delete stored answers whose time ended that long ago, oldest first, so many at a time; returns how many. As many '
    'servings lose both questions'' texts at that age.';
