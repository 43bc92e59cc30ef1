-- Run after procrastinate's own schema has been applied to both queue schemas.

-- Its functions and triggers name their tables without a schema: bind each to the schema it lives in, so that they work
-- from any connection.
DO $$
DECLARE
    f record;
BEGIN
    FOR f IN SELECT p.oid::regprocedure AS signature, n.nspname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
             WHERE n.nspname IN ('queue_chat', 'queue_bulk')
    LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', f.signature, f.nspname);
    END LOOP;
END;
$$;

-- The library's name and version of the defer function are named here and in app/jobs only.
CREATE FUNCTION chat.defer_answer(p_task uuid) RETURNS bigint LANGUAGE sql AS $$
    SELECT (queue_chat.procrastinate_defer_jobs_v1(ARRAY[
        ROW('chat', 'chat:answer', 0, NULL, NULL, jsonb_build_object('task_id', p_task), NULL)
        ::queue_chat.procrastinate_job_to_defer_v1]))[1]
$$;
