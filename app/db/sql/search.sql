-- terms --
-- The words of a question that full-text search knows ($1), with the lexeme of each, in order of appearance.
SELECT parsed.token, found.lexeme
FROM ts_parse('default', $1) WITH ORDINALITY AS parsed (kind, token, place),
     unnest(to_tsvector('english', parsed.token)) AS found
ORDER BY parsed.place

-- candidates --
-- Candidate chunks of one domain: the $5 nearest by cosine, the $5 best by full text, and the best chunk of each of
-- the $5 parents that the question names. Only versions that are live and effective today. Every chunk comes with
-- both its scores, whichever search found it; a parent's text comes with its first chunk only.
--   $1 question vector as float4[], NULL without one   $2 lexemes   $3 provision keys   $4 groups of year and paper
--   keys as jsonb: a parent is named when it has a key of every group   $5 how many of each kind
-- {schema} and {embeddings} are quoted identifiers from the catalog, {kind} is vector or halfvec.
WITH asked AS MATERIALIZED (
    SELECT lexeme, place, (E'\'' || replace(replace(lexeme, E'\\', E'\\\\'), E'\'', E'\'\'') || E'\'')::tsquery AS query
    FROM unnest($2::text[]) WITH ORDINALITY AS given (lexeme, place)
), hits AS MATERIALIZED (
    SELECT asked.place, chunks.id, chunks.parent_id, ts_rank(chunks.tsv, asked.query, 1) AS rank
    FROM asked JOIN {schema}.chunks AS chunks ON chunks.tsv @@ asked.query
), seen AS MATERIALIZED (
    SELECT asked.place, count(hits.id) AS chunks
    FROM asked LEFT JOIN hits USING (place) GROUP BY asked.place
), size AS MATERIALIZED (
    -- The planner's row count is near enough to weigh words by; a table it has never counted has few rows.
    SELECT greatest(reltuples, (SELECT max(chunks) FROM seen), 1)::float8 AS chunks
    FROM pg_class WHERE oid = '{schema}.chunks'::regclass
), worth AS MATERIALIZED (
    SELECT place, ln(1 + (size.chunks - seen.chunks + 0.5) / (seen.chunks + 0.5)) AS weight FROM seen, size
), worded AS MATERIALIZED (
    SELECT hits.id, sum(hits.rank * worth.weight) AS score FROM hits JOIN worth USING (place) GROUP BY hits.id
), today AS MATERIALIZED (
    SELECT (ops.now() AT TIME ZONE 'Asia/Kolkata')::date AS day
), live AS NOT MATERIALIZED (
    -- Plain comparisons: the planner has figures for them, for the exclusion constraint's daterange it guesses too few.
    SELECT id FROM {schema}.versions
    WHERE status = 'live' AND (effective_from IS NULL OR effective_from <= (SELECT day FROM today))
      AND (effective_to IS NULL OR effective_to > (SELECT day FROM today))
), near AS MATERIALIZED (
    SELECT chunks.id
    FROM {schema}.{embeddings} AS embedded
    JOIN {schema}.chunks AS chunks ON chunks.id = embedded.chunk_id
    JOIN {schema}.parents AS parents ON parents.id = chunks.parent_id
    JOIN live ON live.id = parents.version_id
    WHERE $1::float4[] IS NOT NULL
    ORDER BY embedded.embedding <=> $1::float4[]::{kind} LIMIT $5
), texts AS MATERIALIZED (
    -- Sorted first, so that only the best are looked up, until enough of them are live.
    SELECT ranked.id
    FROM (SELECT id, score FROM worded ORDER BY score DESC, id) AS ranked
    CROSS JOIN LATERAL (
        SELECT FROM {schema}.chunks AS chunks
        JOIN {schema}.parents AS parents ON parents.id = chunks.parent_id
        JOIN live ON live.id = parents.version_id
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
    SELECT id FROM near UNION SELECT id FROM texts UNION SELECT id FROM named
)
SELECT chunks.id AS chunk_id, chunks.text AS chunk_text, parents.id AS parent_id, parents.position, parents.header,
       parents.locator, parents.fact_keys, versions.id AS version_id, versions.document_id, versions.number, versions.title,
       versions.published_on, versions.year, versions.paper, versions.subject, versions.metadata,
       CASE WHEN row_number() OVER (PARTITION BY parents.id ORDER BY chunks.id) = 1 THEN parents.text END AS text,
       1 - (embedded.embedding <=> $1::float4[]::{kind}) AS dense,
       ARRAY(SELECT coalesce(hits.rank, 0) FROM asked
             LEFT JOIN hits ON hits.place = asked.place AND hits.id = chunks.id ORDER BY asked.place) AS ranks,
       ARRAY(SELECT DISTINCT asked.lexeme FROM hits JOIN asked USING (place)
             WHERE hits.parent_id = parents.id) AS lexemes,
       ARRAY(SELECT seen.chunks FROM seen ORDER BY place) AS seen,
       (SELECT size.chunks FROM size) AS size,
       parents.id IN (SELECT named.parent_id FROM named) AS named
FROM candidates
JOIN {schema}.chunks AS chunks USING (id)
JOIN {schema}.parents AS parents ON parents.id = chunks.parent_id
JOIN {schema}.versions AS versions ON versions.id = parents.version_id
LEFT JOIN {schema}.{embeddings} AS embedded ON embedded.chunk_id = chunks.id
ORDER BY chunks.id

-- namespaces --
-- The active namespace of each of the domains $1, by domain.
SELECT domain, id, name, model, dimensions
FROM catalog.namespaces WHERE status = 'active' AND domain = ANY ($1::text[]) ORDER BY domain

-- domains --
-- The domains of each intent, by name.
SELECT intent, array_agg(name ORDER BY name) AS names FROM catalog.domains GROUP BY intent
