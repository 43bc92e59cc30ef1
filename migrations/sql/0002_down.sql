-- Back to the look-up of exactly the same question.

DROP FUNCTION ops.drop_expired_answers(interval, integer, interval);
DROP VIEW ops.cache_false_hits, ops.cache_stats;
DROP FUNCTION chat.gate(text, uuid, uuid, text, text, real[], text[], text, text, real, integer, bytea);
DROP FUNCTION cache.note_serving(uuid, text, text, cache.entries);
DROP FUNCTION cache.lookup(text, vector, text[], text, text, real);
DROP FUNCTION cache.usable(uuid);
DROP VIEW cache.silent;
DROP TABLE cache.servings;
TRUNCATE cache.entries, cache.entry_sources, cache.entry_hits;
ALTER TABLE cache.entries DROP COLUMN namespaces;
DROP INDEX cache.entries_exact, cache.entries_keys, cache.entries_expiry;
CREATE INDEX entries_exact ON cache.entries (normalised, language, prompt_set);
CREATE INDEX entries_embedding ON cache.entries USING hnsw (embedding vector_cosine_ops);
