-- without_job --
-- The versions of the domain $1 that wait to become live and are in no job that is queued or under way.
SELECT versions.id FROM {schema}.versions AS versions
WHERE versions.goes_live_with IS NOT NULL AND versions.id::text NOT IN (
    SELECT jsonb_array_elements_text(jobs.args -> 'versions') FROM queue_bulk.procrastinate_jobs AS jobs
    WHERE jobs.task_name = 'bulk:embed' AND jobs.status IN ('todo', 'doing') AND jobs.args ->> 'domain' = $1)
ORDER BY versions.id
