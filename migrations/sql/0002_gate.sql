-- The gate of the first release with the look-up by meaning in it; its other steps are as they were.

DROP FUNCTION chat.gate(text, uuid, uuid, text, text, text[], text, text, integer, bytea);
CREATE FUNCTION chat.gate(
    p_user text, p_session uuid, p_task uuid, p_question text, p_normalised text, p_embedding real[],
    p_fact_keys text[], p_language text, p_prompt_set text, p_threshold real, p_limit integer, p_ticket bytea,
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
    SELECT * INTO entry
    FROM cache.lookup(p_normalised, p_embedding::vector, p_fact_keys, p_language, p_prompt_set, p_threshold);
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
    PERFORM cache.note_serving(p_task, p_question, p_normalised, entry);
    INSERT INTO chat.stream_keys (hash, task_id, kind, expires_at)
    VALUES (p_ticket, p_task, 'ticket', now() + interval '60 seconds');
END;
$$;
