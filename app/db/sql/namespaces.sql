-- standings --
-- Every namespace that is not dropped, of the domain $1 or of all, the active one of a domain first.
SELECT id, domain, name, model, dimensions, status, ef_search, created_at, activated_at, last_used_at, retire_after,
       gate_report, trouble, trouble_at
FROM catalog.namespaces
WHERE status <> 'dropped' AND ($1::text IS NULL OR domain = $1)
ORDER BY domain, array_position(ARRAY['active', 'building', 'retiring'], status), created_at

-- workload --
-- How many chunks and tokens the domain's wanted versions have.
SELECT count(*) AS chunks, coalesce(sum(chunks.tokens), 0)::bigint AS tokens
FROM {schema}.versions AS versions
JOIN {schema}.parents AS parents ON parents.version_id = versions.id
JOIN {schema}.chunks AS chunks ON chunks.parent_id = parents.id
WHERE {kept_until} > ops.now()

-- untended --
-- Those of the versions $2 of the domain $1 that no job is waiting or at work for.
-- Hashed once: asked for each version, every job is looked through.
SELECT version.id
FROM unnest($2::uuid[]) AS version (id)
WHERE version.id::text NOT IN (
    SELECT jsonb_array_elements_text(jobs.args -> 'versions') FROM queue_bulk.procrastinate_jobs AS jobs
    WHERE jobs.task_name = 'bulk:embed' AND jobs.status IN ('todo', 'doing') AND jobs.args ->> 'domain' = $1)
ORDER BY version.id

-- hurry --
-- Jobs of the domain $1 that wait for their next try, after trouble that somebody has seen to by now, run at once.
UPDATE queue_bulk.procrastinate_jobs SET scheduled_at = NULL
WHERE task_name = 'bulk:embed' AND status = 'todo' AND args ->> 'domain' = $1 AND scheduled_at > now()

-- holder --
-- Since when, from where and by which backend the lock ($1, hash of $2) is held.
SELECT activity.pid, activity.backend_start, host(activity.client_addr) AS address
FROM pg_locks AS locks JOIN pg_stat_activity AS activity USING (pid)
WHERE locks.locktype = 'advisory' AND locks.granted AND locks.classid::bigint = $1
  AND locks.objid::bigint = (hashtext($2)::bigint & 4294967295)
  AND locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
LIMIT 1

-- due --
-- The namespaces whose time is over: their days are up and nobody has used them of late.
SELECT domain, name FROM catalog.namespaces AS spaces WHERE catalog.may_be_dropped(spaces) ORDER BY id

-- index --
-- Whether the index of the table $2 in the schema $1 is valid; no row without one.
SELECT indexes.indisvalid AND indexes.indisready AS valid
FROM pg_index AS indexes JOIN pg_class AS class ON class.oid = indexes.indexrelid
WHERE class.relname = $2 AND class.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1)

-- rows --
-- How many embeddings the namespace has.
SELECT count(*) FROM {schema}.{embeddings}

-- sample --
-- At most $1 embeddings of live chunks, picked by a hash of their ids.
SELECT embedded.embedding::float4[] AS vector
FROM {schema}.{embeddings} AS embedded
JOIN {schema}.chunks AS chunks ON chunks.id = embedded.chunk_id
JOIN {schema}.parents AS parents ON parents.id = chunks.parent_id
JOIN {schema}.versions AS versions ON versions.id = parents.version_id
WHERE versions.status = 'live'
ORDER BY md5(embedded.chunk_id::text) LIMIT $1

-- nearest --
-- The cosine distances of the $2 chunks nearest to $1 that search would find, live and effective today, nearest first.
SELECT embedded.embedding <=> $1::float4[]::{kind} AS distance
FROM {schema}.{embeddings} AS embedded
JOIN {schema}.chunks AS chunks ON chunks.id = embedded.chunk_id
JOIN {schema}.parents AS parents ON parents.id = chunks.parent_id
JOIN {schema}.versions AS versions ON versions.id = parents.version_id
WHERE versions.status = 'live' AND (versions.effective_from IS NULL OR versions.effective_from <= chat.today())
  AND (versions.effective_to IS NULL OR versions.effective_to > chat.today())
ORDER BY embedded.embedding <=> $1::float4[]::{kind} LIMIT $2
