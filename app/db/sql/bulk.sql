-- without_job --
-- The versions of the domain $1 that wait to become live, and those of $2, that are in no job; one that has failed for
-- good counts for as long as it is kept.
SELECT versions.id FROM {schema}.versions AS versions
WHERE (versions.goes_live_with IS NOT NULL OR versions.id = ANY ($2::uuid[])) AND versions.id::text NOT IN (
    SELECT jsonb_array_elements_text(jobs.args -> 'versions') FROM queue_bulk.procrastinate_jobs AS jobs
    WHERE jobs.task_name = 'bulk:embed' AND jobs.status IN ('todo', 'doing', 'failed') AND jobs.args ->> 'domain' = $1)
ORDER BY versions.id

-- tending --
-- The jobs of the domain $1, queued or under way, that have a version of a document with which one becomes live with the
-- revisions $2, is a draft of theirs, or is one of $3: a version waits for earlier ones of its document.
SELECT DISTINCT jobs.id FROM queue_bulk.procrastinate_jobs AS jobs
CROSS JOIN jsonb_array_elements_text(jobs.args -> 'versions') AS version (id)
WHERE jobs.task_name = 'bulk:embed' AND jobs.status IN ('todo', 'doing') AND jobs.args ->> 'domain' = $1
  AND version.id::uuid IN (
    SELECT versions.id FROM {schema}.versions AS versions
    WHERE versions.document_id IN (
        SELECT awaited.document_id FROM {schema}.versions AS awaited
        WHERE awaited.goes_live_with = ANY ($2::bigint[]) OR awaited.id = ANY ($3::uuid[])
           OR (awaited.status = 'draft' AND awaited.revision_id = ANY ($2::bigint[]))))

-- hurry --
-- Those of the jobs $1 that wait for their next try run at once.
UPDATE queue_bulk.procrastinate_jobs SET scheduled_at = NULL
WHERE id = ANY ($1::bigint[]) AND status = 'todo' AND scheduled_at > now()

-- drop_failed --
-- Removes the jobs that have failed for good longer than $2 ago, of the domain $1 or of all.
DELETE FROM queue_bulk.procrastinate_jobs AS jobs
WHERE jobs.status = 'failed' AND ($1::text IS NULL OR jobs.args ->> 'domain' = $1)
  AND NOT EXISTS (SELECT FROM queue_bulk.procrastinate_events AS events
                  WHERE events.job_id = jobs.id AND events.type = 'failed' AND events.at > now() - $2::interval)
