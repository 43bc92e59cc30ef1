-- The gate with the key of a repeated post and with admission. The function of the release before, with fewer
-- parameters, stays for processes of that release.

-- Units that the gate has taken for questions that are not on disk yet. Emptied by a crash together with the counters,
-- which are counted anew from the tasks: a unit that is not here is in no counter, and can be neither used nor given
-- back; and whoever deletes its row does so once.
CREATE UNLOGGED TABLE chat.units_taken (
    task_id  uuid PRIMARY KEY,
    user_id  text NOT NULL,
    asked_at timestamptz NOT NULL
) WITH (fillfactor = 50);

-- Posts of one student with keys, and the enqueues of that student, one after the other: so a key has one winner and
-- the student's unfinished tasks are counted exactly.
CREATE FUNCTION chat.lock_student(p_user text) RETURNS void LANGUAGE sql AS $$
    -- The number is ours alone: app.db.content locks domains under another.
    SELECT pg_advisory_xact_lock(7253004, hashtext(p_user))
$$;

-- Gives back the units of these questions, so far as they are neither used nor given back. An enqueue that is at it
-- has locked its rows and is waited for; one that comes later finds none.
CREATE FUNCTION chat.return_taken(p_tasks uuid[]) RETURNS void LANGUAGE sql AS $$
    WITH there AS (
        SELECT u.task_id FROM chat.units_taken u WHERE u.task_id = ANY (p_tasks) ORDER BY u.task_id FOR UPDATE
    ), back AS (
        DELETE FROM chat.units_taken u WHERE u.task_id IN (SELECT there.task_id FROM there)
        RETURNING u.user_id, u.asked_at
    )
    SELECT chat.return_unit(b.user_id, b.asked_at)
    FROM (SELECT back.user_id, back.asked_at FROM back ORDER BY 1, 2) AS b
$$;

-- What a hit answered, for repeats of its post; null for a task that a worker ran.
CREATE FUNCTION chat.hit_of(p_task chat.tasks) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN (p_task).cached AND (p_task).attempt = 0 THEN (p_task).answer END
$$;

CREATE FUNCTION chat.gate(
    p_user text, p_session uuid, p_task uuid, p_question text, p_normalised text, p_embedding real[],
    p_fact_keys text[], p_language text, p_prompt_set text, p_threshold real, p_limit integer, p_ticket bytea,
    p_key text, p_body bytea, p_admit boolean,
    OUT outcome text, OUT task_id uuid, OUT session_id uuid, OUT used integer, OUT asked_at timestamptz,
    OUT resets_at timestamptz, OUT has_window boolean, OUT answer jsonb
) LANGUAGE plpgsql
-- A plan kept from the time when a table was empty would read the whole of it for ever.
SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    entry      cache.entries;
    first      chat.idempotency_keys;
    started_at timestamptz := clock_timestamp();
BEGIN
    -- Counters and hits may be lost in a crash, an enqueue may not: only that waits for the disk.
    PERFORM set_config('synchronous_commit', 'off', true);
    asked_at := ops.now();
    resets_at := chat.resets_at();
    task_id := p_task;
    session_id := coalesce(p_session, uuidv7());
    has_window := false;
    IF p_key IS NOT NULL THEN
        PERFORM chat.lock_student(p_user);
        SELECT * INTO first FROM chat.idempotency_keys k WHERE k.user_id = p_user AND k.key = p_key;
        IF FOUND THEN
            outcome := CASE WHEN first.body_hash = p_body THEN 'repeat' ELSE 'key_reused' END;
            SELECT coalesce(max(c.used), 0) INTO used FROM chat.rate_counters c
            WHERE c.user_id = p_user AND c.day = chat.today();
            IF outcome = 'repeat' THEN
                SELECT t.id, t.session_id, chat.hit_of(t) INTO task_id, session_id, answer
                FROM chat.tasks t WHERE t.id = first.task_id;
                PERFORM chat.add_ticket(p_ticket, task_id);
            END IF;
            RETURN;
        END IF;
    END IF;
    IF p_session IS NOT NULL THEN
        PERFORM FROM chat.sessions s WHERE s.id = p_session AND s.user_id = p_user AND s.deleted_at IS NULL;
        IF NOT FOUND THEN
            outcome := 'no_session';
            RETURN;
        END IF;
        has_window := EXISTS (SELECT FROM chat.tasks t WHERE t.session_id = p_session AND t.status = 'done'
                              AND t.finished_at > ops.now() - interval '30 minutes');
    END IF;
    used := chat.take_unit(p_user, p_limit);
    IF used IS NULL THEN
        outcome := 'limited';
        used := p_limit;
        RETURN;
    END IF;
    IF NOT has_window THEN
        SELECT * INTO entry
        FROM cache.lookup(p_normalised, p_embedding::vector, p_fact_keys, p_language, p_prompt_set, p_threshold);
    END IF;
    IF entry.id IS NULL THEN
        outcome := 'miss';
        IF NOT p_admit THEN
            outcome := 'busy';
            PERFORM chat.return_unit(p_user, asked_at);
        ELSE
            INSERT INTO chat.units_taken (task_id, user_id, asked_at) VALUES (p_task, p_user, asked_at);
        END IF;
        RETURN;
    END IF;
    outcome := 'hit';
    answer := entry.answer || jsonb_build_object(
        'task_id', p_task, 'tier', 'cache', 'cached', true, 'is_fallback', false,
        'usage', jsonb_build_object('tokens_in', 0, 'tokens_out', 0, 'cost', 0, 'calls', 0),
        'latency_ms', round(extract(epoch FROM clock_timestamp() - started_at) * 1000)::integer);
    INSERT INTO chat.sessions AS s (id, user_id, title, created_at, last_active_at)
    VALUES (session_id, p_user, left(p_question, 80), asked_at, asked_at)
    ON CONFLICT (id) DO UPDATE SET last_active_at = excluded.last_active_at;
    INSERT INTO chat.tasks (id, user_id, session_id, question, normalised, fact_keys, language, prompt_set, status,
                            route, sources, answer, accepted_at, started_at, first_words_at, finished_at)
    VALUES (p_task, p_user, session_id, p_question, p_normalised, p_fact_keys, p_language, p_prompt_set, 'done',
            entry.route, entry.sources, answer, asked_at, asked_at, asked_at, asked_at);
    INSERT INTO chat.turns (task_id, role, session_id, text, created_at)
    VALUES (p_task, 'user', session_id, p_question, asked_at),
           (p_task, 'assistant', session_id, answer ->> 'text', asked_at);
    PERFORM cache.note_serving(p_task, p_question, p_normalised, entry);
    PERFORM chat.add_ticket(p_ticket, p_task);
    IF p_key IS NOT NULL THEN
        INSERT INTO chat.idempotency_keys (user_id, key, body_hash, task_id, created_at)
        VALUES (p_user, p_key, p_body, p_task, asked_at);
    END IF;
END;
$$;

CREATE FUNCTION chat.add_ticket(p_ticket bytea, p_task uuid) RETURNS void LANGUAGE sql AS $$
    INSERT INTO chat.stream_keys (hash, task_id, kind, expires_at)
    VALUES (p_ticket, p_task, 'ticket', now() + interval '60 seconds')
$$;

-- Keys are promised for 24 hours.
CREATE FUNCTION ops.drop_old_keys(p_after interval DEFAULT '25 hours', p_limit integer DEFAULT 1000)
RETURNS integer LANGUAGE sql AS $$
    WITH old AS (
        DELETE FROM chat.idempotency_keys WHERE (user_id, key) IN (
            SELECT user_id, key FROM chat.idempotency_keys WHERE created_at < ops.now() - p_after
            ORDER BY created_at LIMIT p_limit FOR UPDATE SKIP LOCKED)
        RETURNING key
    )
    SELECT count(*)::integer FROM old
$$;
COMMENT ON FUNCTION ops.drop_old_keys IS
    'Delete the keys of posts of that age, oldest first, so many at a time; returns how many.';
