-- versions --
-- Every version of the documents with the keys $1, by key and number.
SELECT documents.key, versions.id, versions.document_id, versions.number, versions.content_hash, versions.status,
       versions.effective_from, versions.effective_to
FROM {schema}.documents AS documents JOIN {schema}.versions AS versions ON versions.document_id = documents.id
WHERE documents.key = ANY ($1::text[])
ORDER BY documents.key, versions.number

-- missing_embeddings --
-- Chunks of the versions $1 without an embedding in the namespace, in order of their ids, with what is embedded.
SELECT chunks.id, chunks.header || E'\n' || chunks.text AS text
FROM {schema}.chunks AS chunks JOIN {schema}.parents AS parents ON parents.id = chunks.parent_id
WHERE parents.version_id = ANY ($1::uuid[])
  AND NOT EXISTS (SELECT FROM {schema}.{embeddings} AS embedded WHERE embedded.chunk_id = chunks.id)
ORDER BY chunks.id

-- revision --
-- A new revision of the domain $1; its number.
INSERT INTO catalog.revisions (domain, kind, message, author) VALUES ($1, $2, $3, $4) RETURNING id

-- ids --
-- $1 new ids, in order.
SELECT uuidv7() AS id FROM generate_series(1, $1)

-- documents --
-- New documents with the ids $1 and keys $2.
INSERT INTO {schema}.documents (id, key) SELECT * FROM unnest($1::uuid[], $2::text[])

-- change_status --
-- The versions $1 get the status $2 and end being effective on $3. One that becomes live is so from now on; one that
-- stops being live keeps when it was.
UPDATE {schema}.versions AS versions
SET status = given.status, effective_to = given.effective_to,
    live_at = CASE WHEN given.status = 'live' AND versions.status <> 'live' THEN ops.now() ELSE versions.live_at END,
    ended_at = CASE WHEN given.status = 'live' THEN NULL WHEN versions.status = 'live' THEN ops.now()
                    ELSE versions.ended_at END
FROM unnest($1::uuid[], $2::text[], $3::date[]) AS given (id, status, effective_to)
WHERE versions.id = given.id

-- analyze --
-- Fresh figures for the planner after a change of content.
ANALYZE {schema}.versions, {schema}.parents, {schema}.chunks, {schema}.{embeddings}
