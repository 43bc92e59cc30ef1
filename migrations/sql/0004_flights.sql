-- Shared runs: students who ask the same new question at the same time share one run, the leader's. `flight_id` of all
-- its rows is the leader's id; a follower has no job of its own and is filled in by the leader's finishing transaction.

ALTER TABLE chat.tasks
    ADD COLUMN flight_key bytea,
    -- The last event that a student was shown who stopped while the run goes on for others.
    ADD COLUMN shown_attempt integer,
    -- A leader whose student stopped: what that student sees, while the row itself still runs for its followers.
    ADD COLUMN left_at timestamptz,
    ADD COLUMN left_answer jsonb,
    ADD CONSTRAINT shown_means_both CHECK ((shown_attempt IS NULL) = (shown_seq IS NULL)),
    ADD CONSTRAINT left_means_answered CHECK ((left_at IS NULL) = (left_answer IS NULL));

-- One run at a time for a question; a leader that has ended makes room for the next one by its status.
CREATE UNIQUE INDEX tasks_leader ON chat.tasks (flight_key) WHERE flight_id = id AND status IN ('queued', 'running');
CREATE INDEX tasks_user_unfinished ON chat.tasks (user_id) WHERE status IN ('queued', 'running');
-- How long runs take, for the admission of new ones.
CREATE INDEX tasks_run_ended ON chat.tasks (finished_at) WHERE job_id IS NOT NULL;

-- Ends a run for all who wait for it: their rows, turns, sessions and units. The caller holds the lock of the run's row
-- (FOR UPDATE): whoever joins shares that row's key until it commits, so that all who have joined are there to be seen.
-- A leader that has ended already is left alone. Either p_answer or p_error; returns the tasks that this has ended.
CREATE FUNCTION chat.end_run(
    p_run uuid, p_attempt integer, p_answer jsonb, p_error text, p_route jsonb, p_sources jsonb, p_namespaces uuid[],
    p_withheld integer, p_last_seq integer, p_refund boolean, p_first_words_at timestamptz
) RETURNS uuid[] LANGUAGE plpgsql
SET enable_seqscan = off AS $$
DECLARE
    ended uuid[];
BEGIN
    WITH gone AS (
        UPDATE chat.tasks t
        SET status = CASE WHEN p_error IS NULL OR t.left_at IS NOT NULL THEN 'done' ELSE 'failed' END,
            answer = CASE WHEN t.left_at IS NOT NULL THEN t.left_answer
                          WHEN t.id = p_run THEN p_answer
                          ELSE p_answer || jsonb_build_object(
                              'task_id', t.id,
                              'usage', jsonb_build_object('tokens_in', 0, 'tokens_out', 0, 'cost', 0, 'calls', 0),
                              'latency_ms', round(extract(epoch FROM ops.now() - t.accepted_at) * 1000)::integer) END,
            error_code = CASE WHEN t.left_at IS NULL THEN p_error END,
            route = CASE WHEN t.left_at IS NULL THEN p_route ELSE t.route END,
            sources = CASE WHEN t.left_at IS NULL THEN p_sources ELSE t.sources END,
            withheld = CASE WHEN t.id = p_run THEN p_withheld ELSE 0 END,
            refunded = p_refund AND t.left_at IS NULL,
            first_words_at = greatest(p_first_words_at, CASE WHEN p_first_words_at IS NOT NULL THEN t.accepted_at END),
            attempt = p_attempt, last_seq = p_last_seq, namespaces = p_namespaces, lease_until = NULL,
            finished_at = ops.now()
        WHERE (t.id = p_run OR t.flight_id = p_run) AND t.finished_at IS NULL
        RETURNING t.id
    )
    SELECT array_agg(gone.id) INTO ended FROM gone;
    PERFORM chat.return_unit(back.user_id, back.accepted_at)
    FROM (SELECT t.user_id, t.accepted_at FROM chat.tasks t WHERE t.id = ANY (ended) AND t.refunded
          ORDER BY t.user_id, t.accepted_at) AS back;
    IF p_error IS NULL THEN
        PERFORM FROM chat.sessions s WHERE s.id IN (SELECT t.session_id FROM chat.tasks t WHERE t.id = ANY (ended))
        ORDER BY s.id FOR NO KEY UPDATE;
        UPDATE chat.sessions s SET last_active_at = ops.now()
        WHERE s.id IN (SELECT t.session_id FROM chat.tasks t WHERE t.id = ANY (ended));
        INSERT INTO chat.turns (task_id, role, session_id, text, created_at)
        SELECT t.id, 'assistant', t.session_id, t.answer ->> 'text', ops.now()
        FROM chat.tasks t WHERE t.id = ANY (ended)
        ON CONFLICT (task_id, role) DO NOTHING;
    END IF;
    RETURN ended;
END;
$$;
