-- waiting_documents --
-- The documents of the versions $1 in which a version waits to become live.
SELECT DISTINCT waits.document_id
FROM {schema}.versions AS versions JOIN {schema}.versions AS waits ON waits.document_id = versions.document_id
WHERE versions.id = ANY ($1::uuid[]) AND waits.goes_live_with IS NOT NULL

-- anything_waits --
-- Whether any version of the domain waits to become live.
SELECT EXISTS (SELECT FROM {schema}.versions WHERE goes_live_with IS NOT NULL)

-- waits --
-- Whether a version of the domain waits to become live with one of the revisions $1.
SELECT EXISTS (SELECT FROM {schema}.versions WHERE goes_live_with = ANY ($1::bigint[]))
