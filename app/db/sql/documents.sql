-- listed --
-- Versions by key and number, of the documents with the keys $1 or of all: those that are live, will be or are drafts,
-- with $2 all of them.
SELECT documents.key, versions.title, versions.number, versions.status, versions.revision_id AS revision,
       versions.goes_live_with, versions.effective_from, versions.effective_to, versions.live_at, versions.ended_at,
       (SELECT count(*) FROM {schema}.parents AS parents JOIN {schema}.chunks AS chunks ON chunks.parent_id = parents.id
        WHERE parents.version_id = versions.id)::integer AS chunks,
       documents.origin, versions.id AS version_id, documents.id AS document_id
FROM {schema}.documents AS documents JOIN {schema}.versions AS versions ON versions.document_id = documents.id
WHERE ($1::text[] IS NULL OR documents.key = ANY ($1::text[]))
  AND ($2 OR versions.status IN ('live', 'draft') OR versions.goes_live_with IS NOT NULL)
ORDER BY documents.key, versions.number

-- stamp --
-- Every version and the transaction that wrote it last, in one hash: what was changed and changed back is another.
SELECT md5(coalesce(string_agg(concat_ws(',', id, xmin), ';' ORDER BY id), ''))
FROM {schema}.versions

-- origins --
-- The keys and files of documents of which something is live, will be, or is a draft.
SELECT documents.key, documents.origin FROM {schema}.documents AS documents
WHERE documents.origin IS NOT NULL AND EXISTS (
    SELECT FROM {schema}.versions AS versions
    WHERE versions.document_id = documents.id
      AND (versions.status IN ('live', 'draft') OR versions.goes_live_with IS NOT NULL))
ORDER BY documents.key

-- passages --
-- The passages of the version $1 in order.
SELECT position, header, locator, text, tokens FROM {schema}.parents WHERE version_id = $1 ORDER BY position

-- live_texts --
-- Key, title and text of every live version, its passages joined.
SELECT documents.key, versions.title, string_agg(parents.text, E'\n\n' ORDER BY parents.position) AS text
FROM {schema}.versions AS versions
JOIN {schema}.documents AS documents ON documents.id = versions.document_id
JOIN {schema}.parents AS parents ON parents.version_id = versions.id
WHERE versions.status = 'live'
GROUP BY versions.id, documents.key, versions.title
