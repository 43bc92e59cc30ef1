-- append --
-- Stores rows of current attempts and notifies subscribed API processes; returns the (task, attempt) pairs refused.
-- $6 is the payload that a row belongs to: what shares one fits into it even when all go to one channel. $7 says that
-- these rows may be there already, from a statement whose answer was lost; to look for them each time costs a quarter more.
-- A row too long for a payload is told without its data and read from the table.
WITH new AS MATERIALIZED (
    SELECT n.*, t.id IS NOT NULL AS current
    FROM unnest($1::uuid[], $2::integer[], $3::integer[], $4::text[], $5::text[], $6::integer[])
        WITH ORDINALITY AS n (task_id, attempt, seq, event, data, payload, place)
    LEFT JOIN chat.tasks t ON t.id = n.task_id AND t.attempt = n.attempt
), stored AS (
    INSERT INTO chat.stream_chunks (task_id, attempt, seq, event, data)
    SELECT task_id, attempt, seq, event, data FROM new
    WHERE current AND (NOT $7 OR NOT EXISTS (
        SELECT FROM chat.stream_chunks c WHERE (c.task_id, c.attempt, c.seq) = (new.task_id, new.attempt, new.seq)))
), sent AS MATERIALIZED (
    SELECT pg_notify(s.channel, string_agg(
        concat_ws(' ', task_id, attempt, seq, event, CASE WHEN octet_length(data) <= $8 THEN data ELSE '' END),
        E'\x1e' ORDER BY place))
    FROM new JOIN chat.stream_subscribers s USING (task_id)
    WHERE current GROUP BY s.channel, payload ORDER BY s.channel, payload
)
SELECT DISTINCT task_id, attempt FROM new WHERE NOT current AND (SELECT count(*) FROM sent) >= 0;

-- read_after --
-- Rows of each task's newest attempt that hold something its cursor does not have yet, in order.
SELECT c.task_id, c.attempt, c.seq, c.event, c.data
FROM unnest($1::uuid[], $2::integer[], $3::integer[]) AS cur (task_id, attempt, seq)
CROSS JOIN LATERAL (
    SELECT max(attempt) AS attempt FROM chat.stream_chunks m WHERE m.task_id = cur.task_id) newest
JOIN chat.stream_chunks c ON c.task_id = cur.task_id AND c.attempt = newest.attempt
                          AND (c.attempt > cur.attempt OR (c.attempt = cur.attempt AND c.seq > cur.seq))
ORDER BY c.task_id, c.attempt, c.seq;

-- stirred --
-- Of tasks $1, shown the chunks of tasks $2 up to event ($3, $4): those that have more to show, or have ended or gone.
SELECT cur.task_id
FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::integer[]) AS cur (task_id, source_id, attempt, seq)
LEFT JOIN chat.tasks t ON t.id = cur.task_id
WHERE t.id IS NULL OR t.finished_at IS NOT NULL OR t.left_at IS NOT NULL
   OR EXISTS (SELECT FROM chat.stream_chunks c
              WHERE c.task_id = cur.source_id AND (c.attempt, c.seq) > (cur.attempt, cur.seq));

-- clean_chunks --
-- Removes the chunks of tasks that ended longer ago than $1.
DELETE FROM chat.stream_chunks c USING chat.tasks t
WHERE t.id = c.task_id AND t.finished_at < ops.now() - $1::interval;

-- clean_subscribers --
-- Removes subscriptions to tasks that ended longer ago than $1 (their API process has died).
DELETE FROM chat.stream_subscribers s USING chat.tasks t
WHERE t.id = s.task_id AND t.finished_at < ops.now() - $1::interval;

-- clean_keys --
-- Removes tickets and cookies past their time.
DELETE FROM chat.stream_keys WHERE expires_at < now();

-- use_ticket --
-- Takes the ticket away, stores the cookie's hash, returns the task's owner; no row when the ticket is not good.
WITH used AS (
    DELETE FROM chat.stream_keys WHERE hash = $1 AND task_id = $2 AND kind = 'ticket' AND expires_at > now()
    RETURNING task_id
), cookie AS (
    INSERT INTO chat.stream_keys (hash, task_id, kind, expires_at)
    SELECT $3, task_id, 'cookie', now() + $4::interval FROM used
)
SELECT t.user_id FROM chat.tasks t JOIN used ON used.task_id = t.id;

-- cookie_owner --
-- The owner of the task that a valid cookie is for.
SELECT t.user_id FROM chat.tasks t
JOIN chat.stream_keys k ON k.task_id = t.id AND k.kind = 'cookie' AND k.expires_at > now()
WHERE k.hash = $1 AND t.id = $2;
