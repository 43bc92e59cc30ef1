-- latest --
-- The latest revision by which a version of the domain has become a draft that waits to be published.
SELECT max(changes.revision_id)
FROM {schema}.versions AS versions JOIN catalog.revision_changes AS changes ON changes.version_id = versions.id
WHERE versions.status = 'draft' AND versions.goes_live_with IS NULL AND changes.status_after = 'draft'

-- newer --
-- Of the drafts $1 those whose document has got another text since the draft was made, live now or about to be: its key
-- and the last revision that brought one. An undo brings none, it takes one back.
SELECT documents.key, max(since.revision_id) AS revision
FROM {schema}.versions AS drafts
JOIN {schema}.documents AS documents ON documents.id = drafts.document_id
CROSS JOIN LATERAL (
    SELECT max(changes.revision_id) AS number
    FROM catalog.revision_changes AS changes JOIN catalog.revisions AS revisions ON revisions.id = changes.revision_id
    WHERE changes.document_id = drafts.document_id AND changes.version_id = drafts.id AND revisions.kind = 'apply'
      AND changes.status_after = 'draft' AND changes.status_before IS DISTINCT FROM 'draft') AS made
JOIN {schema}.versions AS others ON others.document_id = drafts.document_id AND others.id <> drafts.id
JOIN catalog.revision_changes AS since
    ON since.document_id = others.document_id AND since.version_id = others.id AND since.revision_id > made.number
JOIN catalog.revisions AS revisions ON revisions.id = since.revision_id AND revisions.kind <> 'undo'
WHERE drafts.id = ANY ($1::uuid[])
  AND (others.goes_live_with = since.revision_id OR (others.status = 'live' AND since.status_after = 'live'
                                                     AND since.status_before IS DISTINCT FROM 'live'))
GROUP BY documents.key ORDER BY documents.key

-- fates --
-- What has become of the versions that the revisions $1 brought as drafts, but for those that only waited for their
-- embeddings: how many of a revision have met the same fate by the same later revision. An undo of what they met leaves
-- them drafts; their own undo is told by the log.
SELECT brought.revision_id AS number, count(*)::integer AS drafts,
       CASE WHEN versions.goes_live_with IS NOT NULL THEN 'published'
            WHEN versions.status = 'draft' THEN 'waiting' ELSE met.fate END AS fate,
       coalesce(versions.goes_live_with, met.revision_id) AS by
FROM catalog.revision_changes AS brought
JOIN catalog.revisions AS revisions ON revisions.id = brought.revision_id AND revisions.kind = 'apply'
JOIN {schema}.versions AS versions ON versions.id = brought.version_id
LEFT JOIN LATERAL (
    SELECT later.revision_id,
           CASE WHEN later.status_after = 'live' THEN 'published'
                WHEN EXISTS (SELECT FROM catalog.revision_changes AS beside
                             WHERE beside.document_id = later.document_id AND beside.version_id <> later.version_id
                               AND beside.revision_id = later.revision_id) THEN 'replaced'
                ELSE 'withdrawn' END AS fate
    FROM catalog.revision_changes AS later JOIN catalog.revisions AS by ON by.id = later.revision_id
    WHERE later.document_id = brought.document_id AND later.version_id = brought.version_id
      AND later.revision_id > brought.revision_id AND by.kind <> 'undo'
      AND later.status_before = 'draft' AND later.status_after <> 'draft'
    ORDER BY later.revision_id DESC LIMIT 1) AS met ON versions.status <> 'draft'
WHERE brought.revision_id = ANY ($1::bigint[]) AND brought.status_after = 'draft'
  AND versions.goes_live_with IS DISTINCT FROM brought.revision_id
  AND NOT EXISTS (SELECT FROM catalog.revision_changes AS later
                  WHERE later.document_id = brought.document_id AND later.version_id = brought.version_id
                    AND later.goes_live_before = brought.revision_id)
GROUP BY 1, 3, 4 ORDER BY 1, 4
