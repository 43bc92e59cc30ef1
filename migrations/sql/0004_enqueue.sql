-- Everything that waits in an API process goes into the queue in one durable statement. Locks are taken in one order
-- everywhere, so that batches of several processes, gates and finishing runs never wait for each other in a circle:
-- students, units, leaders, counters, sessions; and each kind sorted.

CREATE TYPE chat.asked AS (
    n integer, task_id uuid, user_id text, session_id uuid, question text, normalised text, fact_keys text[],
    language text, prompt_set text, ticket bytea, asked_at timestamptz,
    paid boolean,       -- the gate took a unit for it
    gated boolean,      -- and that unit must be among chat.units_taken still
    flight_key bytea,   -- null for a question that is not answered the same to everybody
    key text, body bytea
);

CREATE FUNCTION chat.defer_answers(p_tasks uuid[]) RETURNS bigint[] LANGUAGE sql AS $$
    SELECT queue_chat.procrastinate_defer_jobs_v1(array_agg(
        ROW('chat', 'chat:answer', 0, NULL, NULL, jsonb_build_object('task_id', p_task), NULL)
        ::queue_chat.procrastinate_job_to_defer_v1 ORDER BY n))
    FROM unnest(p_tasks) WITH ORDINALITY AS t (p_task, n)
$$;

-- What becomes of each: its own new task ('accepted'), the task of an earlier post with the same key ('repeat'), or a
-- refusal ('key_reused', 'limited', 'too_many', 'busy'), for which its unit goes back. 'busy' is one whose unit has gone
-- back already, or was lost with the counters in a crash. p_asked is numbered from 1.
CREATE FUNCTION chat.judge(p_asked chat.asked[], p_most integer)
RETURNS TABLE (n integer, outcome text, answered_by uuid) LANGUAGE sql STABLE AS $$
    WITH known AS (
        SELECT a.*, k.task_id AS known, k.body_hash AS known_body,
               first_value(a.task_id) OVER same AS first, first_value(a.body) OVER same AS first_body
        FROM unnest(p_asked) a LEFT JOIN chat.idempotency_keys k ON k.user_id = a.user_id AND k.key = a.key
        WINDOW same AS (PARTITION BY a.user_id, a.key, CASE WHEN a.key IS NULL THEN a.task_id END
                        ORDER BY a.paid DESC, a.n)
    ), counted AS (
        SELECT known.*, count(*) FILTER (WHERE known IS NULL AND first = task_id AND paid) OVER own
            + (SELECT count(*) FROM chat.tasks t WHERE t.user_id = known.user_id
               AND t.status IN ('queued', 'running') AND t.left_at IS NULL) AS unfinished
        FROM known WINDOW own AS (PARTITION BY known.user_id ORDER BY known.n)
    ), firsts AS (
        SELECT counted.*, CASE WHEN NOT paid THEN 'limited'
                               WHEN gated AND NOT EXISTS (SELECT FROM chat.units_taken u
                                                          WHERE u.task_id = counted.task_id) THEN 'busy'
                               WHEN unfinished > p_most THEN 'too_many' ELSE 'accepted' END
            AS verdict
        FROM counted
    )
    SELECT f.n,
           CASE WHEN f.known IS NOT NULL THEN CASE WHEN f.body = f.known_body THEN 'repeat' ELSE 'key_reused' END
                WHEN f.body <> f.first_body THEN 'key_reused'
                WHEN f.first = f.task_id THEN f.verdict
                WHEN w.verdict = 'accepted' THEN 'repeat'
                ELSE w.verdict END,
           coalesce(f.known, f.first)
    FROM firsts f JOIN firsts w ON w.task_id = f.first ORDER BY f.n
$$;

CREATE FUNCTION chat.enqueue(p_asked jsonb, p_most integer)
RETURNS TABLE (outcome text, task_id uuid, session_id uuid, has_job boolean, answer jsonb) LANGUAGE plpgsql
SET enable_seqscan = off
-- Planned anew at each call its statements cost 2.1 ms of 2.3; without sequential scans one plan fits every size.
SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    batch    chat.asked[];
    taken    chat.asked[];
    outcomes text[];
    answers  uuid[];
    jobs     bigint[];
BEGIN
    SELECT array_agg(a ORDER BY a.n) INTO batch
    FROM jsonb_populate_recordset(
        jsonb_populate_record(NULL::chat.asked, jsonb_build_object('asked_at', ops.now(), 'paid', true, 'gated', false)), p_asked) a;
    PERFORM chat.lock_student(s.user_id)
    FROM (SELECT DISTINCT ON (hashtext(a.user_id)) a.user_id FROM unnest(batch) a ORDER BY hashtext(a.user_id)) AS s;
    PERFORM FROM chat.units_taken u WHERE u.task_id IN (SELECT a.task_id FROM unnest(batch) a)
    ORDER BY u.task_id FOR UPDATE;
    SELECT array_agg(j.outcome ORDER BY j.n), array_agg(j.answered_by ORDER BY j.n) INTO outcomes, answers
    FROM chat.judge(batch, p_most) j;
    taken := array(SELECT a FROM unnest(batch) a WHERE outcomes[a.n] = 'accepted' ORDER BY a.n);
    -- A leader that is locked so does not end before this commits, and then it sees who has joined.
    PERFORM FROM chat.tasks t
    WHERE t.flight_key IN (SELECT a.flight_key FROM unnest(taken) a) AND t.flight_id = t.id
      AND t.status IN ('queued', 'running')
    ORDER BY t.flight_key FOR KEY SHARE;
    PERFORM chat.close_full_flights(array(SELECT a.flight_key FROM unnest(taken) a));
    PERFORM chat.return_taken(array(SELECT a.task_id FROM unnest(batch) a WHERE outcomes[a.n] <> 'accepted'));
    DELETE FROM chat.units_taken u WHERE u.task_id IN (SELECT a.task_id FROM unnest(taken) a);
    INSERT INTO chat.sessions AS s (id, user_id, title, created_at, last_active_at)
    SELECT DISTINCT ON (a.session_id) a.session_id, a.user_id, left(a.question, 80), a.asked_at, a.asked_at
    FROM unnest(taken) a ORDER BY a.session_id, a.n
    ON CONFLICT (id) DO UPDATE SET last_active_at = greatest(s.last_active_at, excluded.last_active_at);
    PERFORM chat.add_leaders(taken);
    -- The rest follows: also those whose leader another process has just put in. A leader that is ending in this very
    -- moment is not waited for: its question runs alone.
    INSERT INTO chat.tasks (id, user_id, session_id, question, normalised, fact_keys, language, prompt_set, status,
                            accepted_at, flight_id)
    SELECT a.task_id, a.user_id, a.session_id, a.question, a.normalised, a.fact_keys, a.language, a.prompt_set,
           'queued', a.asked_at, leader.id
    FROM unnest(taken) a LEFT JOIN LATERAL (
        SELECT t.id FROM chat.tasks t
        WHERE t.flight_key = a.flight_key AND t.flight_id = t.id AND t.status IN ('queued', 'running')
        FOR KEY SHARE SKIP LOCKED) AS leader ON true
    WHERE NOT EXISTS (SELECT FROM chat.tasks t WHERE t.id = a.task_id);
    jobs := chat.defer_answers(array(
        SELECT t.id FROM unnest(taken) a JOIN chat.tasks t ON t.id = a.task_id
        WHERE t.flight_id IS NULL OR t.flight_id = t.id ORDER BY a.n));
    UPDATE chat.tasks t SET job_id = j.id FROM queue_chat.procrastinate_jobs j
    WHERE j.id = ANY (jobs) AND t.id = (j.args ->> 'task_id')::uuid;
    INSERT INTO chat.turns (task_id, role, session_id, text, created_at)
    SELECT a.task_id, 'user', a.session_id, a.question, a.asked_at FROM unnest(taken) a;
    INSERT INTO chat.idempotency_keys (user_id, key, body_hash, task_id, created_at)
    SELECT a.user_id, a.key, a.body, a.task_id, a.asked_at FROM unnest(taken) a WHERE a.key IS NOT NULL;
    PERFORM chat.add_ticket(a.ticket, answers[a.n])
    FROM unnest(batch) a WHERE outcomes[a.n] IN ('accepted', 'repeat');
    RETURN QUERY
        SELECT outcomes[a.n], t.id, t.session_id, t.job_id IS NOT NULL, chat.hit_of(t)
        FROM unnest(batch) a LEFT JOIN chat.tasks t
            ON t.id = answers[a.n] AND outcomes[a.n] IN ('accepted', 'repeat')
        ORDER BY a.n;
END;
$$;

-- One statement ends a flight for all who are in it, and must not take too long: a full one is left to itself under a
-- key that no question has, and who asks the same from then on leads the next. A leader that is being written to in
-- this very moment is not waited for: the next batch finds it full too.
CREATE FUNCTION chat.close_full_flights(p_keys bytea[], p_most integer DEFAULT 2000) RETURNS void LANGUAGE sql
SET enable_seqscan = off AS $$
    UPDATE chat.tasks SET flight_key = uuid_send(id)
    WHERE id IN (
        SELECT t.id FROM chat.tasks t
        WHERE t.flight_key = ANY (p_keys) AND t.flight_id = t.id AND t.status IN ('queued', 'running')
          AND (SELECT count(*) FROM (SELECT FROM chat.tasks f WHERE f.flight_id = t.id LIMIT p_most) AS f) = p_most
        FOR NO KEY UPDATE SKIP LOCKED)
$$;

-- The first of each question that has no run yet leads one. Another process may do so at the same time: the index
-- tasks_leader lets one through, and the other's rows follow it.
CREATE FUNCTION chat.add_leaders(p_taken chat.asked[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO chat.tasks (id, user_id, session_id, question, normalised, fact_keys, language, prompt_set, status,
                            accepted_at, flight_id, flight_key)
    SELECT DISTINCT ON (a.flight_key) a.task_id, a.user_id, a.session_id, a.question, a.normalised, a.fact_keys,
           a.language, a.prompt_set, 'queued', a.asked_at, a.task_id, a.flight_key
    FROM unnest(p_taken) a
    WHERE a.flight_key IS NOT NULL AND NOT EXISTS (
        SELECT FROM chat.tasks t
        WHERE t.flight_key = a.flight_key AND t.flight_id = t.id AND t.status IN ('queued', 'running'))
    ORDER BY a.flight_key, a.n
    ON CONFLICT (flight_key) WHERE flight_id = id AND status IN ('queued', 'running') DO NOTHING
$$;
