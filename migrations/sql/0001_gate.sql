-- The two calls of the ask path. `gate` answers in one round trip on a hit or a refusal; after its 'miss' comes
-- `enqueue`, and the 202 follows that commit only.

CREATE FUNCTION chat.resets_at() RETURNS timestamptz LANGUAGE sql STABLE
RETURN chat.day_start(chat.today() + 1);

-- One unit of today's quota, or NULL when none is left. The count is checked in the statement that raises it, so that
-- concurrent questions can never pass the limit together.
CREATE FUNCTION chat.take_unit(p_user text, p_limit integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    today date := chat.today();
    taken integer;
BEGIN
    UPDATE chat.rate_counters c SET used = c.used + 1
    WHERE c.user_id = p_user AND c.day = today AND c.used < p_limit RETURNING c.used INTO taken;
    IF NOT FOUND AND NOT EXISTS (SELECT FROM chat.rate_counters WHERE user_id = p_user AND day = today) THEN
        INSERT INTO chat.rate_counters AS c (user_id, day, used)
        SELECT p_user, today, count(*) FROM chat.tasks t
        WHERE t.user_id = p_user AND NOT t.refunded
          AND t.accepted_at >= chat.day_start(today) AND t.accepted_at < chat.day_start(today + 1)
        ON CONFLICT (user_id, day) DO NOTHING;
        UPDATE chat.rate_counters c SET used = c.used + 1
        WHERE c.user_id = p_user AND c.day = today AND c.used < p_limit RETURNING c.used INTO taken;
    END IF;
    RETURN taken;
END;
$$;

CREATE FUNCTION chat.return_unit(p_user text, p_accepted_at timestamptz) RETURNS void LANGUAGE sql AS $$
    UPDATE chat.rate_counters SET used = used - 1
    WHERE user_id = p_user AND used > 0 AND day = (p_accepted_at AT TIME ZONE 'Asia/Kolkata')::date
$$;

CREATE FUNCTION chat.gate(
    p_user text, p_session uuid, p_task uuid, p_question text, p_normalised text, p_fact_keys text[], p_language text,
    p_prompt_set text, p_limit integer, p_ticket bytea,
    OUT outcome text, OUT session_id uuid, OUT used integer, OUT resets_at timestamptz, OUT answer jsonb
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    entry      cache.entries;
    has_window boolean := false;
    started_at timestamptz := clock_timestamp();
BEGIN
    -- Counters and hits may be lost in a crash, an enqueue may not: only that waits for the disk.
    PERFORM set_config('synchronous_commit', 'off', true);
    resets_at := chat.resets_at();
    session_id := coalesce(p_session, uuidv7());
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
    outcome := 'miss';
    IF has_window THEN
        RETURN;
    END IF;
    SELECT * INTO entry FROM cache.lookup(p_normalised, p_language, p_prompt_set);
    IF entry.id IS NULL THEN
        RETURN;
    END IF;
    outcome := 'hit';
    answer := entry.answer || jsonb_build_object(
        'task_id', p_task, 'tier', 'cache', 'cached', true, 'is_fallback', false,
        'usage', jsonb_build_object('tokens_in', 0, 'tokens_out', 0, 'cost', 0, 'calls', 0),
        'latency_ms', round(extract(epoch FROM clock_timestamp() - started_at) * 1000)::integer);
    INSERT INTO chat.sessions AS s (id, user_id, title, created_at, last_active_at)
    VALUES (session_id, p_user, left(p_question, 80), ops.now(), ops.now())
    ON CONFLICT (id) DO UPDATE SET last_active_at = excluded.last_active_at;
    INSERT INTO chat.tasks (id, user_id, session_id, question, normalised, fact_keys, language, prompt_set, status,
                            route, sources, answer, accepted_at, started_at, first_words_at, finished_at)
    VALUES (p_task, p_user, session_id, p_question, p_normalised, p_fact_keys, p_language, p_prompt_set, 'done',
            entry.route, entry.sources, answer, ops.now(), ops.now(), ops.now(), ops.now());
    INSERT INTO chat.turns (task_id, role, session_id, text, created_at)
    VALUES (p_task, 'user', session_id, p_question, ops.now()),
           (p_task, 'assistant', session_id, answer ->> 'text', ops.now());
    INSERT INTO cache.entry_hits AS h (entry_id, hits, last_hit_at) VALUES (entry.id, 1, ops.now())
    ON CONFLICT (entry_id) DO UPDATE SET hits = h.hits + 1, last_hit_at = excluded.last_hit_at;
    INSERT INTO chat.stream_keys (hash, task_id, kind, expires_at)
    VALUES (p_ticket, p_task, 'ticket', now() + interval '60 seconds');
END;
$$;

-- The task, its turn and its job, durable or not at all. Returns the job's id.
CREATE FUNCTION chat.enqueue(
    p_user text, p_session uuid, p_task uuid, p_question text, p_normalised text, p_fact_keys text[], p_language text,
    p_prompt_set text, p_ticket bytea
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    job bigint;
BEGIN
    INSERT INTO chat.sessions AS s (id, user_id, title, created_at, last_active_at)
    VALUES (p_session, p_user, left(p_question, 80), ops.now(), ops.now())
    ON CONFLICT (id) DO UPDATE SET last_active_at = excluded.last_active_at;
    job := chat.defer_answer(p_task);
    INSERT INTO chat.tasks (id, user_id, session_id, question, normalised, fact_keys, language, prompt_set, status,
                            job_id, accepted_at)
    VALUES (p_task, p_user, p_session, p_question, p_normalised, p_fact_keys, p_language, p_prompt_set, 'queued',
            job, ops.now());
    INSERT INTO chat.turns (task_id, role, session_id, text, created_at)
    VALUES (p_task, 'user', p_session, p_question, ops.now());
    INSERT INTO chat.stream_keys (hash, task_id, kind, expires_at)
    VALUES (p_ticket, p_task, 'ticket', now() + interval '60 seconds');
    RETURN job;
END;
$$;
