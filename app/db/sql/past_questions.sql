-- matching --
-- Past questions of one domain that are live and effective on the day $12 and fit every filter, best first: a row is a
-- version with a year and a paper, of no later year than $12. Each comes with `coverage`, the share of the topic's words
-- (weighted by rarity) that it has, `dense`, its cosine to the topic, and `tally`, the number of all that fit by year and
-- paper.
--   $1 topic vector as float4[], NULL without one   $2 the topic's lexemes   $3 years, NULL for all
--   $4 stages (prelims, mains), NULL for all   $5 papers (gs1, csat, essay ...), NULL for all   $6 subjects in small letters, NULL for all
--   $7 least coverage   $8 least cosine, a tenth less for a row that has two fifths of the words; without lexemes and
--   subject all that is left fits   $9 how many rows, NULL for all   $10 phrases as jsonb [{"lexemes", "parents"}]: these words count
--   in those parents only   $11 barred versions   $12 NULL for today
-- {schema} and {embeddings} are quoted identifiers from the catalog, {kind} is vector or halfvec.
WITH asked AS MATERIALIZED (
    SELECT lexeme, place, (E'\'' || replace(replace(lexeme, E'\\', E'\\\\'), E'\'', E'\'\'') || E'\'')::tsquery AS query
    FROM unnest($2::text[]) WITH ORDINALITY AS given (lexeme, place)
), hits AS MATERIALIZED (
    SELECT DISTINCT asked.place, chunks.parent_id
    FROM asked JOIN {schema}.chunks AS chunks ON chunks.tsv @@ asked.query
    JOIN {schema}.versions AS versions ON versions.id = chunks.version_id AND versions.status = 'live'
), counted AS MATERIALIZED (
    SELECT hits.place, hits.parent_id
    FROM hits JOIN asked USING (place)
    WHERE NOT EXISTS (
        SELECT FROM jsonb_to_recordset($10::jsonb) AS phrase (lexemes text[], parents uuid[])
        WHERE asked.lexeme = ANY (phrase.lexemes) AND hits.parent_id <> ALL (phrase.parents))
), worth AS MATERIALIZED (
    SELECT asked.place, ln(1 + greatest(size.parents - seen.parents + 0.5, 0.5) / (seen.parents + 0.5)) AS weight
    FROM asked
    CROSS JOIN (
        SELECT greatest(reltuples * live.share, 1) AS parents
        FROM pg_class CROSS JOIN (SELECT avg((status = 'live')::integer)::float8 AS share FROM {schema}.versions) AS live
        WHERE oid = '{schema}.parents'::regclass
    ) AS size
    CROSS JOIN LATERAL (SELECT count(*) AS parents FROM hits WHERE hits.place = asked.place) AS seen
), today AS MATERIALIZED (
    SELECT coalesce($12::date, (ops.now() AT TIME ZONE 'Asia/Kolkata')::date) AS day
), narrowed AS MATERIALIZED (
    SELECT versions.*, parents.id AS parent_id, parents.header, parents.locator, parents.text
    FROM {schema}.versions AS versions
    JOIN {schema}.parents AS parents ON parents.version_id = versions.id AND parents.position = 0
    CROSS JOIN LATERAL (
        -- "Prelims GS1", "GS2", "GS Paper 2" and "Essay" as a stage and a paper. A GS paper without a stage is of mains.
        SELECT CASE WHEN versions.paper ~* 'prelim|csat' THEN 'prelims' ELSE 'mains' END AS stage,
               lower(regexp_replace(versions.paper, '\mpaper\M|[^[:alnum:]]', '', 'gi')) AS paper
    ) AS named
    WHERE versions.status = 'live' AND versions.year IS NOT NULL AND versions.paper IS NOT NULL
      AND (versions.effective_from IS NULL OR versions.effective_from <= (SELECT day FROM today))
      AND (versions.effective_to IS NULL OR versions.effective_to > (SELECT day FROM today))
      AND ($12::date IS NULL OR versions.year <= extract(year FROM $12::date))
      AND ($3::int[] IS NULL OR versions.year = ANY ($3::int[]))
      AND ($4::text[] IS NULL OR named.stage = ANY ($4::text[]))
      AND ($5::text[] IS NULL OR EXISTS (
          SELECT FROM unnest($5::text[]) AS asked (paper) WHERE right(named.paper, length(asked.paper)) = asked.paper))
      AND ($6::text[] IS NULL OR lower(versions.subject) = ANY ($6::text[]))
      AND versions.id <> ALL ($11::uuid[])
), scored AS MATERIALIZED (
    SELECT narrowed.*, coalesce(worded.coverage, 0)::float8 AS coverage, near.dense
    FROM narrowed
    LEFT JOIN LATERAL (
        SELECT sum(worth.weight) / (SELECT sum(weight) FROM worth) AS coverage
        FROM worth JOIN counted USING (place) WHERE counted.parent_id = narrowed.parent_id
    ) AS worded ON true
    LEFT JOIN LATERAL (
        SELECT max(1 - (embedded.embedding <=> $1::float4[]::{kind})) AS dense
        FROM {schema}.chunks AS chunks JOIN {schema}.{embeddings} AS embedded ON embedded.chunk_id = chunks.id
        WHERE chunks.parent_id = narrowed.parent_id AND $1::float4[] IS NOT NULL
    ) AS near ON true
), fitting AS MATERIALIZED (
    SELECT * FROM scored
    WHERE $6::text[] IS NOT NULL OR cardinality($2::text[]) = 0
       OR coverage >= $7::float8 OR dense >= $8::float8 OR (dense >= $8::float8 - 0.1 AND coverage >= 0.4)
)
SELECT fitting.parent_id, fitting.id AS version_id, fitting.document_id, fitting.number, fitting.title, fitting.header,
       fitting.locator, fitting.text, fitting.year, fitting.paper, fitting.subject, fitting.marks,
       fitting.metadata, fitting.coverage, fitting.dense,
       (SELECT chunks.id FROM {schema}.chunks AS chunks WHERE chunks.parent_id = fitting.parent_id
        ORDER BY chunks.position LIMIT 1) AS chunk_id,
       (SELECT jsonb_agg(jsonb_build_array(year, paper, questions) ORDER BY year, paper)
        FROM (SELECT year, paper, count(*) AS questions FROM fitting GROUP BY year, paper) AS counted) AS tally
FROM fitting
ORDER BY round((coverage + coalesce(dense, 0))::numeric, 6) DESC, year DESC, paper, document_id LIMIT $9

-- phrases --
-- Which two words that stand side by side in the topic $1 stand together in past questions of one domain too, live and
-- effective on the day $2 (NULL for today), with the parents that have them: side by side, or in either order with nothing
-- but one or two stop words between, so that "empowerment of women" has "women empowerment" and "call money and treasury
-- bills" has no "money bill". `place` is the first word's place in the topic. A number is in no phrase: "Articles 19 and 21"
-- names Article 21.
WITH words AS MATERIALIZED (
    SELECT said.lexeme, place::integer,
           (E'\'' || replace(replace(lexeme, E'\\', E'\\\\'), E'\'', E'\'\'') || E'\'')::tsquery AS query
    FROM unnest(to_tsvector('english', $1)) AS said (lexeme, places), unnest(said.places) AS place
    WHERE lexeme !~ '^\d'
), pairs AS MATERIALIZED (
    SELECT former.place, former.lexeme AS former, latter.lexeme AS latter,
           tsquery_phrase(former.query, latter.query) || tsquery_phrase(former.query, latter.query, 2)
           || tsquery_phrase(latter.query, former.query, 2) || tsquery_phrase(latter.query, former.query, 3) AS query
    FROM words AS former JOIN words AS latter ON latter.place = former.place + 1 AND latter.lexeme <> former.lexeme
)
SELECT pairs.place, pairs.former, pairs.latter, array_agg(DISTINCT chunks.parent_id) AS parents
FROM pairs
JOIN {schema}.chunks AS chunks ON chunks.tsv @@ pairs.query
JOIN {schema}.versions AS versions ON versions.id = chunks.version_id
WHERE versions.status = 'live' AND versions.year IS NOT NULL AND versions.paper IS NOT NULL
  AND (versions.effective_from IS NULL
       OR versions.effective_from <= coalesce($2::date, (ops.now() AT TIME ZONE 'Asia/Kolkata')::date))
  AND (versions.effective_to IS NULL
       OR versions.effective_to > coalesce($2::date, (ops.now() AT TIME ZONE 'Asia/Kolkata')::date))
  AND EXISTS (
      SELECT FROM unnest(chunks.tsv) AS one (lexeme, places), unnest(one.places) AS here,
                  unnest(chunks.tsv) AS two (lexeme, places), unnest(two.places) AS there
      WHERE one.lexeme = pairs.former AND two.lexeme = pairs.latter AND there - here IN (1, 2, -2, -3)
        AND NOT EXISTS (
            SELECT FROM unnest(chunks.tsv) AS other (lexeme, places), unnest(other.places) AS between_them
            WHERE between_them > least(here, there) AND between_them < greatest(here, there)))
GROUP BY pairs.place, pairs.former, pairs.latter
ORDER BY pairs.place

-- coverage --
-- The first and the newest year of one domain's past questions, live and effective on the day $1 (NULL for today) and of
-- no later year, and their subjects.
SELECT min(year) AS oldest, max(year) AS newest, array_agg(DISTINCT subject) FILTER (WHERE subject IS NOT NULL) AS subjects
FROM {schema}.versions
WHERE status = 'live' AND year IS NOT NULL AND paper IS NOT NULL
  AND (effective_from IS NULL
       OR effective_from <= coalesce($1::date, (ops.now() AT TIME ZONE 'Asia/Kolkata')::date))
  AND (effective_to IS NULL
       OR effective_to > coalesce($1::date, (ops.now() AT TIME ZONE 'Asia/Kolkata')::date))
  AND ($1::date IS NULL OR year <= extract(year FROM $1::date))
