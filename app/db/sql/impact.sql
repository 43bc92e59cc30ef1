-- dying --
-- How many stored answers that may be served now cite one of the versions $2 of the domain $1.
SELECT count(*) FROM (
    SELECT entries.id
    FROM cache.entry_sources AS sources JOIN cache.entries AS entries ON entries.id = sources.entry_id
    WHERE sources.domain = $1 AND sources.version_id = ANY ($2::uuid[]) AND entries.expires_at > ops.now()
    EXCEPT SELECT entry_id FROM cache.silent
) AS usable

-- ranks --
-- The full-text ranks of texts that are not stored, as `candidates` of search.sql ranks stored chunks: `number` counts
-- the texts $1 and `place` the lexemes $2 from 1; a text without a lexeme has no row for it.
WITH texts AS MATERIALIZED (
    SELECT number, to_tsvector('english'::regconfig, body) AS tsv
    FROM unnest($1::text[]) WITH ORDINALITY AS given (body, number)
), asked AS MATERIALIZED (
    SELECT place, (E'\'' || replace(replace(lexeme, E'\\', E'\\\\'), E'\'', E'\'\'') || E'\'')::tsquery AS query
    FROM unnest($2::text[]) WITH ORDINALITY AS given (lexeme, place)
)
SELECT texts.number::integer, asked.place::integer, ts_rank(texts.tsv, asked.query, 1)::float8 AS rank
FROM texts JOIN asked ON texts.tsv @@ asked.query

-- texts --
-- The chunks of the stored versions $1 of one domain with their parents and versions, in the order of the texts.
SELECT versions.id AS version_id, versions.document_id, versions.number, versions.title, versions.effective_from,
       versions.year, versions.paper, versions.subject, versions.marks, versions.published_on, versions.metadata,
       documents.key, versions.content_hash, parents.id AS parent_id, parents.header, parents.locator, parents.text,
       parents.tokens, parents.fact_keys, chunks.header AS chunk_header, chunks.text AS chunk_text,
       chunks.tokens AS chunk_tokens
FROM {schema}.versions AS versions
JOIN {schema}.documents AS documents ON documents.id = versions.document_id
JOIN {schema}.parents AS parents ON parents.version_id = versions.id
JOIN {schema}.chunks AS chunks ON chunks.parent_id = parents.id
WHERE versions.id = ANY ($1::uuid[])
ORDER BY versions.id, parents.position, chunks.position
