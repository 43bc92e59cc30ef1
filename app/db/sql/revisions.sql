-- log --
-- The $2 newest revisions of the domain $1, or of all domains.
SELECT revisions.id AS number, revisions.domain, revisions.kind, revisions.undoes, undo.id AS undone_by,
       revisions.message, revisions.author, revisions.created_at,
       (SELECT count(DISTINCT changes.document_id) FROM catalog.revision_changes AS changes
        WHERE changes.revision_id = revisions.id)::integer AS documents
FROM catalog.revisions AS revisions LEFT JOIN catalog.revisions AS undo ON undo.undoes = revisions.id
WHERE $1::text IS NULL OR revisions.domain = $1
ORDER BY revisions.id DESC LIMIT $2::bigint

-- one --
-- The revision $1.
SELECT revisions.id AS number, revisions.domain, revisions.kind, revisions.undoes, undo.id AS undone_by,
       revisions.message, revisions.author, revisions.created_at,
       (SELECT count(DISTINCT changes.document_id) FROM catalog.revision_changes AS changes
        WHERE changes.revision_id = revisions.id)::integer AS documents
FROM catalog.revisions AS revisions LEFT JOIN catalog.revisions AS undo ON undo.undoes = revisions.id
WHERE revisions.id = $1

-- changes --
-- What the revision $1 did to each version that it touched, by key and number.
SELECT documents.key, versions.title, versions.number, versions.id AS version_id, changes.document_id,
       changes.status_before, changes.status_after, changes.effective_to_before, changes.effective_to_after,
       changes.goes_live_before
FROM catalog.revision_changes AS changes
JOIN {schema}.versions AS versions ON versions.id = changes.version_id
JOIN {schema}.documents AS documents ON documents.id = versions.document_id
WHERE changes.revision_id = $1
ORDER BY documents.key, versions.number

-- live_text --
-- The latest version of the document $1 that was live after the revision $2.
SELECT versions.number, versions.id AS version_id
FROM {schema}.versions AS versions
WHERE versions.document_id = $1 AND 'live' = (
    SELECT changes.status_after FROM catalog.revision_changes AS changes
    WHERE changes.version_id = versions.id AND changes.document_id = $1 AND changes.revision_id <= $2
    ORDER BY changes.revision_id DESC LIMIT 1)
ORDER BY versions.number DESC LIMIT 1

-- later --
-- The revisions after $1 that touch a document which it touches.
SELECT DISTINCT later.revision_id
FROM catalog.revision_changes AS own JOIN catalog.revision_changes AS later ON later.document_id = own.document_id
WHERE own.revision_id = $1 AND later.revision_id > $1
