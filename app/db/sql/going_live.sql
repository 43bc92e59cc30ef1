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

-- refused --
-- The versions that could not become live with the revisions $2, or at all, by the notices of the event $1: the last
-- reason of each that no later revision has touched.
SELECT DISTINCT ON (documents.key, versions.number) documents.key, versions.number,
       (notices.details ->> 'revision')::bigint AS revision, notices.details ->> 'reason' AS reason
FROM ops.notices AS notices
JOIN {schema}.versions AS versions ON versions.id = (notices.details ->> 'version')::uuid
JOIN {schema}.documents AS documents ON documents.id = versions.document_id
WHERE notices.event = $1 AND versions.goes_live_with IS NULL
  AND NOT EXISTS (SELECT FROM catalog.revision_changes AS later
                  WHERE later.document_id = versions.document_id AND later.version_id = versions.id
                    AND later.revision_id > (notices.details ->> 'revision')::bigint)
  AND ($2::bigint[] IS NULL OR (notices.details ->> 'revision')::bigint = ANY ($2::bigint[]))
ORDER BY documents.key, versions.number, notices.id DESC

-- overtaken --
-- The versions of the revisions $1 that a later revision took out before they were live.
SELECT documents.key, versions.number, versions.revision_id AS revision,
       'revision ' || later.revision_id || ' came before it was embedded' AS reason
FROM {schema}.versions AS versions
JOIN {schema}.documents AS documents ON documents.id = versions.document_id
CROSS JOIN LATERAL (
    SELECT changes.revision_id FROM catalog.revision_changes AS changes
    WHERE changes.version_id = versions.id AND changes.revision_id > versions.revision_id
    ORDER BY changes.revision_id LIMIT 1) AS later
WHERE versions.revision_id = ANY ($1::bigint[]) AND versions.live_at IS NULL AND versions.status = 'withdrawn'
  AND versions.goes_live_with IS NULL
ORDER BY documents.key, versions.number
