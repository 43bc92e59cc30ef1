-- openings --
-- The embedding of the first chunk of each document of one domain that is live and effective today, of the newest $1
-- of them: `embedding` as float4[].
WITH today AS MATERIALIZED (
    SELECT (ops.now() AT TIME ZONE 'Asia/Kolkata')::date AS day
)
SELECT embedded.embedding::float4[] AS embedding
FROM {schema}.versions AS version
JOIN {schema}.parents AS parent ON parent.version_id = version.id AND parent.position = 0
JOIN {schema}.chunks AS chunk ON chunk.parent_id = parent.id AND chunk.position = 0
JOIN {schema}.{embeddings} AS embedded ON embedded.chunk_id = chunk.id
WHERE version.status = 'live'
  AND (version.effective_from IS NULL OR version.effective_from <= (SELECT day FROM today))
  AND (version.effective_to IS NULL OR version.effective_to > (SELECT day FROM today))
ORDER BY version.live_at DESC, version.id
LIMIT $1
