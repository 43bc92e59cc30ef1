-- standing --
-- Documents of the domain $1 by how they stand, its latest revision, and its jobs in the bulk queue.
WITH documents AS (
    SELECT bool_or(status = 'live') AS live, bool_or(goes_live_with IS NOT NULL) AS waiting,
           bool_or(status = 'draft' AND goes_live_with IS NULL) AS draft
    FROM {schema}.versions GROUP BY document_id
), latest AS (
    SELECT id, created_at FROM catalog.revisions WHERE domain = $1 ORDER BY id DESC LIMIT 1
), jobs AS (
    SELECT count(*) FILTER (WHERE status IN ('todo', 'doing')) AS queued, count(*) FILTER (WHERE status = 'failed') AS failed
    FROM queue_bulk.procrastinate_jobs WHERE args ->> 'domain' = $1
)
SELECT count(*) FILTER (WHERE live) AS live, count(*) FILTER (WHERE waiting) AS waiting,
       count(*) FILTER (WHERE draft) AS drafts, count(*) FILTER (WHERE NOT live AND NOT waiting AND NOT draft) AS out,
       (SELECT id FROM latest) AS last_revision, (SELECT created_at FROM latest) AS changed_at,
       (SELECT queued FROM jobs) AS jobs, (SELECT failed FROM jobs) AS failed
FROM documents
