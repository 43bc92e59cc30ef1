-- append --
-- Stores chunks of current attempts and notifies subscribed API processes; returns the (task, attempt) pairs refused.
-- A line of a notification is `task attempt seq event data`. Postgres allows under 8,000 bytes a payload: lines are packed
-- into buckets of 3,900 bytes, so that a bucket holds at most that plus one more line of 3,900; a longer line is sent
-- without its data and read from the table.
WITH new AS MATERIALIZED (
    SELECT * FROM unnest($1::uuid[], $2::integer[], $3::integer[], $4::text[], $5::text[])
        AS n (task_id, attempt, seq, event, data)
), current AS MATERIALIZED (
    SELECT new.* FROM new JOIN chat.tasks t ON t.id = new.task_id AND t.attempt = new.attempt
), stored AS (
    INSERT INTO chat.stream_chunks (task_id, attempt, seq, event, data)
    SELECT task_id, attempt, seq, event, data FROM current
    ON CONFLICT DO NOTHING
), lines AS (
    SELECT s.channel, c.task_id, c.attempt, c.seq,
           format('%s %s %s %s %s', c.task_id, c.attempt, c.seq, c.event,
                  CASE WHEN octet_length(c.data) <= 3800 THEN c.data ELSE '' END) AS line
    FROM current c JOIN chat.stream_subscribers s USING (task_id)
), buckets AS (
    SELECT channel, task_id, attempt, seq, line,
           sum(octet_length(line) + 1) OVER (PARTITION BY channel ORDER BY task_id, attempt, seq) / 3900 AS bucket
    FROM lines
), payloads AS (
    SELECT channel, string_agg(line, E'\n' ORDER BY task_id, attempt, seq) AS payload
    FROM buckets GROUP BY channel, floor(bucket)
), sent AS MATERIALIZED (
    SELECT pg_notify(channel, payload) FROM payloads
)
SELECT DISTINCT new.task_id, new.attempt FROM new
WHERE NOT EXISTS (SELECT FROM current c WHERE c.task_id = new.task_id AND c.attempt = new.attempt)
  AND (SELECT count(*) FROM sent) >= 0;

-- read_after --
-- Chunks of each task's newest attempt that its cursor does not have yet, in order.
SELECT c.task_id, c.attempt, c.seq, c.event, c.data
FROM unnest($1::uuid[], $2::integer[], $3::integer[]) AS cur (task_id, attempt, seq)
CROSS JOIN LATERAL (
    SELECT max(attempt) AS attempt FROM chat.stream_chunks m WHERE m.task_id = cur.task_id) newest
JOIN chat.stream_chunks c ON c.task_id = cur.task_id AND c.attempt = newest.attempt
                          AND (c.attempt > cur.attempt OR (c.attempt = cur.attempt AND c.seq > cur.seq))
ORDER BY c.task_id, c.attempt, c.seq;

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
