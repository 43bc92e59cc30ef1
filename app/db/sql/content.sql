-- versions --
-- Every version of the documents with the keys $1 or the ids $2, by key and number. `goes_live_to` is the day until
-- which one that waits will be effective.
SELECT documents.key, versions.id, versions.document_id, versions.number, versions.content_hash, versions.status,
       versions.effective_from, versions.effective_to, versions.live_at IS NOT NULL AS was_live, versions.goes_live_with,
       coming.effective_to_after AS goes_live_to
FROM {schema}.documents AS documents JOIN {schema}.versions AS versions ON versions.document_id = documents.id
LEFT JOIN catalog.revision_changes AS coming
    ON coming.revision_id = versions.goes_live_with AND coming.version_id = versions.id
WHERE documents.key = ANY ($1::text[]) OR documents.id = ANY ($2::uuid[])
ORDER BY documents.key, versions.number

-- revision --
-- A new revision of the domain $1, of the kind $2, undoing $5; its number.
INSERT INTO catalog.revisions (domain, kind, message, author, undoes, created_at)
VALUES ($1, $2, $3, $4, $5, ops.now()) RETURNING id

-- ids --
-- $1 new ids, in order.
SELECT uuidv7() AS id FROM generate_series(1, $1)

-- documents --
-- New documents with the ids $1 and keys $2.
INSERT INTO {schema}.documents (id, key) SELECT * FROM unnest($1::uuid[], $2::text[])

-- origins --
-- The documents with the keys $1 were last read from the files $2.
UPDATE {schema}.documents AS documents SET origin = given.origin
FROM unnest($1::text[], $2::text[]) AS given (key, origin)
WHERE documents.key = given.key AND documents.origin IS DISTINCT FROM given.origin

-- change_status --
-- The versions $1 get the status $2, end being effective on $3, and become live with the revisions $4 or wait for
-- nothing. One that becomes live is so from now on; one that stops being live keeps when it was, and its embeddings for
-- as long as this can be undone.
UPDATE {schema}.versions AS versions
SET status = given.status, effective_to = given.effective_to, goes_live_with = given.goes_live_with,
    live_at = CASE WHEN given.status = 'live' AND versions.status <> 'live' THEN ops.now() ELSE versions.live_at END,
    ended_at = CASE WHEN given.status IN ('live', 'draft') THEN NULL
                    WHEN versions.status IN ('live', 'draft') THEN ops.now() ELSE versions.ended_at END,
    embedded_until = CASE WHEN given.status IN ('live', 'draft') OR given.goes_live_with IS NOT NULL THEN NULL
                          ELSE coalesce(versions.embedded_until, ops.now() + interval '30 days') END
FROM unnest($1::uuid[], $2::text[], $3::date[], $4::bigint[]) AS given (id, status, effective_to, goes_live_with)
WHERE versions.id = given.id

-- record --
-- Notes under the revisions $1 what has become of the versions $2 of the documents $3; one that is noted there already
-- keeps what it was before.
INSERT INTO catalog.revision_changes (revision_id, version_id, document_id, status_before, status_after,
                                      effective_to_before, effective_to_after, goes_live_before)
SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::date[], $7::date[], $8::bigint[])
ON CONFLICT (revision_id, version_id)
DO UPDATE SET status_after = excluded.status_after, effective_to_after = excluded.effective_to_after

-- analyze --
-- Fresh figures for the planner after a change of content.
ANALYZE {schema}.versions, {schema}.parents, {schema}.chunks
