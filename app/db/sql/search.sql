-- terms --
-- The words of each of the texts $1 that full-text search knows, with the lexeme of each, in order of appearance;
-- `text` counts the texts from 1.
SELECT given.number AS text, parsed.token, found.lexeme
FROM unnest($1::text[]) WITH ORDINALITY AS given (body, number),
     ts_parse('default', given.body) WITH ORDINALITY AS parsed (kind, token, place),
     unnest(to_tsvector('english', parsed.token)) AS found
ORDER BY given.number, parsed.place

-- candidates --
-- Candidate chunks of one domain: the $5 nearest by cosine, the $5 best by full text, and the best chunk of each of
-- the $5 parents that the question names. Only versions that are live and effective on the day $7, NULL for today.
-- Every chunk comes with both its scores, whichever search found it; what is its parent's comes with the parent's first
-- chunk only, and what is the domain's with the first row: each is work for the server and for whoever reads it.
--   $1 question vector as float4[], NULL without one   $2 lexemes   $3 provision and name keys   $4 groups of year and
--   paper keys as jsonb: a parent is named when it has a key of every group   $5 how many of each kind
--   $6 how much each lexeme counts beside its rarity
-- {schema} and {embeddings} are quoted identifiers from the catalog, {kind} is vector or halfvec.
WITH asked AS MATERIALIZED (
    SELECT lexeme, share, place,
           (E'\'' || replace(replace(lexeme, E'\\', E'\\\\'), E'\'', E'\'\'') || E'\'')::tsquery AS query
    FROM unnest($2::text[], $6::float8[]) WITH ORDINALITY AS given (lexeme, share, place)
), hits AS MATERIALIZED (
    SELECT asked.place, chunks.id, chunks.parent_id, ts_rank(chunks.tsv, asked.query, 1) AS rank
    FROM asked JOIN {schema}.chunks AS chunks ON chunks.tsv @@ asked.query
    -- A text that was changed twenty times counts once, as if it had been loaded today.
    JOIN {schema}.versions AS versions ON versions.id = chunks.version_id AND versions.status = 'live'
), seen AS MATERIALIZED (
    SELECT asked.place, count(hits.id) AS chunks
    FROM asked LEFT JOIN hits USING (place) GROUP BY asked.place
), size AS MATERIALIZED (
    -- The planner's row count is near enough to weigh words by; a table it has never counted has few rows.
    SELECT greatest(reltuples * live.share, (SELECT max(chunks) FROM seen), 1)::float8 AS chunks
    FROM pg_class CROSS JOIN (SELECT avg((status = 'live')::integer)::float8 AS share FROM {schema}.versions) AS live
    WHERE oid = '{schema}.chunks'::regclass
), worth AS MATERIALIZED (
    SELECT place, asked.share * ln(1 + (size.chunks - seen.chunks + 0.5) / (seen.chunks + 0.5)) AS weight
    FROM seen JOIN asked USING (place), size
), worded AS MATERIALIZED (
    -- Times the weight that it has of the question: one rare word again and again is no answer to several.
    SELECT hits.id, hits.parent_id, sum(hits.rank * worth.weight) * sum(worth.weight) AS score
    FROM hits JOIN worth USING (place) GROUP BY hits.id, hits.parent_id
), today AS MATERIALIZED (
    SELECT coalesce($7::date, (ops.now() AT TIME ZONE 'Asia/Kolkata')::date) AS day
), live AS NOT MATERIALIZED (
    -- Plain comparisons: the planner has figures for them, for the exclusion constraint's daterange it guesses too few.
    SELECT id FROM {schema}.versions
    WHERE status = 'live' AND (effective_from IS NULL OR effective_from <= (SELECT day FROM today))
      AND (effective_to IS NULL OR effective_to > (SELECT day FROM today))
), near AS MATERIALIZED (
    SELECT chunks.id, chunks.parent_id
    FROM {schema}.{embeddings} AS embedded
    JOIN {schema}.chunks AS chunks ON chunks.id = embedded.chunk_id
    JOIN live ON live.id = chunks.version_id
    WHERE $1::float4[] IS NOT NULL
    ORDER BY embedded.embedding <=> $1::float4[]::{kind} LIMIT $5
), texts AS MATERIALIZED (
    -- Sorted first, so that only the best are looked up, until enough of them are live.
    SELECT ranked.id, ranked.parent_id
    FROM (SELECT id, parent_id, score FROM worded ORDER BY score DESC, id) AS ranked
    CROSS JOIN LATERAL (
        SELECT FROM {schema}.chunks AS chunks JOIN live ON live.id = chunks.version_id
        WHERE chunks.id = ranked.id OFFSET 0
    ) AS alive
    ORDER BY ranked.score DESC, ranked.id LIMIT $5
), named AS MATERIALIZED (
    SELECT best.id, parents.id AS parent_id
    FROM {schema}.parents AS parents
    JOIN live ON live.id = parents.version_id
    CROSS JOIN LATERAL (
        SELECT chunks.id, worded.score, embedded.embedding <=> $1::float4[]::{kind} AS distance
        FROM {schema}.chunks AS chunks
        LEFT JOIN {schema}.{embeddings} AS embedded ON embedded.chunk_id = chunks.id
        LEFT JOIN worded ON worded.id = chunks.id
        WHERE chunks.parent_id = parents.id
        ORDER BY distance, worded.score DESC NULLS LAST, chunks.position LIMIT 1
    ) AS best
    WHERE parents.fact_keys && $3::text[]
       OR (jsonb_array_length($4::jsonb) > 0 AND parents.fact_keys && ARRAY(
               SELECT jsonb_array_elements_text($4::jsonb -> 0))
           AND NOT EXISTS (
               SELECT FROM jsonb_array_elements($4::jsonb) AS groups (keys)
               WHERE NOT parents.fact_keys && ARRAY(SELECT jsonb_array_elements_text(groups.keys))))
    ORDER BY best.score DESC NULLS LAST, best.distance, parents.id LIMIT $5
), candidates AS MATERIALIZED (
    SELECT id, parent_id FROM near UNION SELECT id, parent_id FROM texts UNION SELECT id, parent_id FROM named
), kept AS MATERIALIZED (
    SELECT place, id, parent_id, rank FROM hits WHERE parent_id IN (SELECT parent_id FROM candidates)
)
SELECT chunks.id AS chunk_id, chunks.text AS chunk_text, parents.id AS parent_id, parents.position, versions.id AS version_id,
       versions.document_id, versions.number, versions.published_on, versions.year, versions.paper, versions.subject,
       versions.effective_from, versions.effective_to,
       CASE WHEN row_number() OVER of_parent = 1 THEN versions.title END AS title,
       CASE WHEN row_number() OVER of_parent = 1 THEN parents.header END AS header,
       CASE WHEN row_number() OVER of_parent = 1 THEN parents.locator END AS locator,
       CASE WHEN row_number() OVER of_parent = 1 THEN parents.text END AS text,
       CASE WHEN row_number() OVER of_parent = 1 THEN parents.fact_keys END AS fact_keys,
       CASE WHEN row_number() OVER of_parent = 1 THEN versions.metadata END AS metadata,
       1 - (embedded.embedding <=> $1::float4[]::{kind}) AS dense,
       ARRAY(SELECT coalesce(kept.rank, 0) FROM asked
             LEFT JOIN kept ON kept.place = asked.place AND kept.id = chunks.id ORDER BY asked.place) AS ranks,
       CASE WHEN row_number() OVER of_parent = 1 THEN
           ARRAY(SELECT coalesce(max(kept.rank), 0) FROM asked
                 LEFT JOIN kept ON kept.place = asked.place AND kept.parent_id = parents.id
                 GROUP BY asked.place ORDER BY asked.place) END AS parent_ranks,
       CASE WHEN row_number() OVER (ORDER BY chunks.id) = 1 THEN
           ARRAY(SELECT seen.chunks FROM seen ORDER BY place) END AS seen,
       (SELECT size.chunks FROM size) AS size,
       parents.id IN (SELECT named.parent_id FROM named) AS named
FROM candidates
JOIN {schema}.chunks AS chunks USING (id, parent_id)
JOIN {schema}.parents AS parents ON parents.id = chunks.parent_id
JOIN {schema}.versions AS versions ON versions.id = parents.version_id
LEFT JOIN {schema}.{embeddings} AS embedded ON embedded.chunk_id = chunks.id
WINDOW of_parent AS (PARTITION BY parents.id ORDER BY chunks.id)
ORDER BY chunks.id

-- namespaces --
-- The active namespace of each of the domains $1, by domain; a namespace named in $2 stands in for its domain's.
SELECT domain, id, name, model, dimensions, ef_search
FROM catalog.namespaces
WHERE domain = ANY ($1::text[])
  AND (id = ANY ($2::uuid[])
       OR status = 'active' AND domain NOT IN (SELECT domain FROM catalog.namespaces WHERE id = ANY ($2::uuid[])))
ORDER BY domain

-- snapshot --
-- Today in India by the database's clock, with the active namespace of every domain, by domain; a namespace named in $1
-- stands in for its domain's. Without any namespace one row that has the day alone.
SELECT today.day, spaces.domain, spaces.id, spaces.name, spaces.model, spaces.dimensions, spaces.ef_search
FROM (SELECT (ops.now() AT TIME ZONE 'Asia/Kolkata')::date AS day) AS today
LEFT JOIN catalog.namespaces AS spaces ON spaces.id = ANY ($1::uuid[])
    OR spaces.status = 'active' AND spaces.domain NOT IN (SELECT domain FROM catalog.namespaces WHERE id = ANY ($1::uuid[]))
ORDER BY spaces.domain

-- namespace_named --
-- The namespace whose id or whose domain and name with a slash between them is $1, unless it is dropped.
SELECT domain, id, name, model, dimensions, ef_search
FROM catalog.namespaces WHERE $1 IN (id::text, domain || '/' || name) AND status <> 'dropped'

-- domains --
-- The domains of each intent, by name.
SELECT intent, array_agg(name ORDER BY name) AS names FROM catalog.domains GROUP BY intent

-- newest_day --
-- When the newest text of one domain was published, of those live and effective today; NULL without any.
SELECT max(published_on)
FROM {schema}.versions
WHERE status = 'live'
  AND (effective_from IS NULL OR effective_from <= (ops.now() AT TIME ZONE 'Asia/Kolkata')::date)
  AND (effective_to IS NULL OR effective_to > (ops.now() AT TIME ZONE 'Asia/Kolkata')::date)
