-- missing --
-- At most $2 chunks of the versions $1 without an embedding in the namespace, version by version, with what is embedded.
SELECT chunks.id, chunks.header || E'\n' || chunks.text AS text
FROM {schema}.chunks AS chunks JOIN {schema}.parents AS parents ON parents.id = chunks.parent_id
WHERE parents.version_id = ANY ($1::uuid[])
  AND NOT EXISTS (SELECT FROM {schema}.{embeddings} AS embedded WHERE embedded.chunk_id = chunks.id)
ORDER BY parents.version_id, chunks.id LIMIT $2

-- save --
-- The embedding $2 of the chunk $1; one that is there already stays. A row for one that is new.
INSERT INTO {schema}.{embeddings} (chunk_id, embedding) VALUES ($1, $2) ON CONFLICT (chunk_id) DO NOTHING
RETURNING chunk_id

-- incomplete --
-- Those of the versions $1 that have a chunk without an embedding in the namespace.
SELECT DISTINCT parents.version_id
FROM {schema}.parents AS parents JOIN {schema}.chunks AS chunks ON chunks.parent_id = parents.id
LEFT JOIN {schema}.{embeddings} AS embedded ON embedded.chunk_id = chunks.id
WHERE parents.version_id = ANY ($1::uuid[]) AND embedded.chunk_id IS NULL

-- wanted --
-- The versions whose embeddings every namespace should have: drafts, live ones, and those that can still be undone to.
SELECT id FROM {schema}.versions AS versions WHERE {kept_until} > ops.now() ORDER BY id

-- progress --
-- How many chunks the wanted versions have, of the versions $1 where given, and how many of them are embedded.
SELECT count(embedded.chunk_id) AS done, count(*) AS total
FROM {schema}.versions AS versions
JOIN {schema}.parents AS parents ON parents.version_id = versions.id
JOIN {schema}.chunks AS chunks ON chunks.parent_id = parents.id
LEFT JOIN {schema}.{embeddings} AS embedded ON embedded.chunk_id = chunks.id
WHERE CASE WHEN $1::uuid[] IS NULL THEN {kept_until} > ops.now()
           ELSE versions.id = ANY ($1::uuid[]) END

-- defer --
-- Puts the embedding of the versions $2 of the domain $1 into the queue with the priority $4, in jobs of about $3
-- chunks; how many jobs.
WITH sized AS (
    -- Joined and not looked up version by version: in the transaction that stored them the planner has no figures yet.
    SELECT versions.id, count(chunks.id) AS chunks
    FROM {schema}.versions AS versions
    LEFT JOIN {schema}.parents AS parents ON parents.version_id = versions.id
    LEFT JOIN {schema}.chunks AS chunks ON chunks.parent_id = parents.id
    WHERE versions.id = ANY ($2::uuid[]) GROUP BY versions.id
), placed AS (
    SELECT id, (sum(chunks) OVER (ORDER BY id) - chunks)::bigint / $3::bigint AS job FROM sized
), jobs AS (
    SELECT job, jsonb_build_object('domain', $1::text, 'versions', jsonb_agg(id ORDER BY id)) AS args
    FROM placed GROUP BY job
)
SELECT coalesce(cardinality(queue_bulk.procrastinate_defer_jobs_v1(array_agg(
    ROW('bulk', 'bulk:embed', $4::integer, NULL, NULL, args, NULL)::queue_bulk.procrastinate_job_to_defer_v1
    ORDER BY job))), 0)
FROM jobs HAVING count(*) > 0

-- drop_old --
-- Takes the embeddings away from at most $1 versions whose time to be undone to is over.
WITH old AS (
    SELECT versions.id FROM {schema}.versions AS versions
    WHERE {kept_until} <= ops.now() AND EXISTS (
        SELECT FROM {schema}.parents AS parents JOIN {schema}.chunks AS chunks ON chunks.parent_id = parents.id
        JOIN {schema}.{embeddings} AS embedded ON embedded.chunk_id = chunks.id
        WHERE parents.version_id = versions.id)
    ORDER BY {kept_until} LIMIT $1 FOR UPDATE SKIP LOCKED
)
DELETE FROM {schema}.{embeddings} AS embedded
USING old, {schema}.parents AS parents, {schema}.chunks AS chunks
WHERE parents.version_id = old.id AND chunks.parent_id = parents.id AND embedded.chunk_id = chunks.id

-- left --
-- How many chunks the namespace lacks of what becomes live with the revisions $1, or is a draft of theirs.
SELECT count(*) FROM {schema}.versions AS versions
JOIN {schema}.parents AS parents ON parents.version_id = versions.id
JOIN {schema}.chunks AS chunks ON chunks.parent_id = parents.id
LEFT JOIN {schema}.{embeddings} AS embedded ON embedded.chunk_id = chunks.id
WHERE (versions.goes_live_with = ANY ($1::bigint[])
       OR (versions.status = 'draft' AND versions.revision_id = ANY ($1::bigint[])))
  AND embedded.chunk_id IS NULL

-- keep --
-- The embeddings of the versions $1 are kept for a day at least.
UPDATE {schema}.versions AS versions SET embedded_until = ops.now() + interval '1 day'
WHERE id = ANY ($1::uuid[]) AND {kept_until} < ops.now() + interval '1 day'

-- lacking --
-- At most $1 versions with one of the statuses $2 of which the namespace lacks a chunk; all of them where $1 is null.
SELECT versions.id FROM {schema}.versions AS versions
WHERE versions.status = ANY ($2::text[]) AND versions.id IN (
    SELECT parents.version_id FROM {schema}.parents AS parents JOIN {schema}.chunks AS chunks ON chunks.parent_id = parents.id
    WHERE NOT EXISTS (SELECT FROM {schema}.{embeddings} AS embedded WHERE embedded.chunk_id = chunks.id))
ORDER BY versions.id LIMIT $1::bigint
