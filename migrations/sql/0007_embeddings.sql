-- Embedding migrations: a namespace is made empty, filled, indexed and judged before its domain is cut over to it, and
-- the one before it is kept, still written to, so that the way back is one transaction. Alembic revisions on the
-- domain's own branch (ns_<domain>) call these functions; their texts are kept in catalog.cutovers.

-- Two half-made namespaces of a domain would both be written to, and one of them for nothing.
CREATE UNIQUE INDEX namespaces_one_building ON catalog.namespaces (domain) WHERE status = 'building';

-- What every search of the namespace's index keeps in hand (hnsw.ef_search): the value with which its recall was proved.
ALTER TABLE catalog.namespaces ADD COLUMN ef_search integer NOT NULL DEFAULT 100 CHECK (ef_search BETWEEN 1 AND 1000);

-- What operators were told, with the same words as the log and the webhook: gates that did not pass, for instance.
CREATE TABLE ops.notices (
    id       bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    noted_at timestamptz NOT NULL DEFAULT ops.now(),
    event    text NOT NULL CHECK (event ~ '^[a-z_]+\.[a-z_]+$'),
    domain   text REFERENCES catalog.domains (name),
    message  text NOT NULL,
    details  jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX notices_time ON ops.notices (noted_at);

-- An empty namespace to be filled. Its index comes when it is full: building one then is faster than growing it, and
-- leaves nothing to lock.
CREATE FUNCTION catalog.begin_namespace(p_domain text, p_name text, p_model text, p_dimensions integer)
RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    result uuid;
BEGIN
    IF EXISTS (SELECT FROM catalog.namespaces WHERE domain = p_domain AND name = p_name) THEN
        RAISE EXCEPTION '%/% has been made before; `prashna embeddings migrate` makes another one', p_domain, p_name;
    END IF;
    result := catalog.create_namespace(p_domain, p_name, p_model, p_dimensions, 'building');
    EXECUTE format('DROP INDEX %I.%I', p_domain, 'embeddings_' || p_name || '_hnsw');
    RETURN result;
END;
$$;

-- How many chunks of live versions a namespace lacks.
CREATE FUNCTION catalog.lacking(p_domain text, p_name text) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
    result bigint;
BEGIN
    EXECUTE format(
        'SELECT count(*) FROM %1$I.chunks c JOIN %1$I.parents p ON p.id = c.parent_id
         JOIN %1$I.versions v ON v.id = p.version_id
         WHERE v.status = ''live'' AND NOT EXISTS (SELECT FROM %1$I.%2$I e WHERE e.chunk_id = c.id)',
        p_domain, 'embeddings_' || p_name) INTO result;
    RETURN result;
END;
$$;

-- The lock under which every content change of a domain is made (app/db/content.py): while versions become live, no
-- namespace does, and the other way about. With the rows, for those who only read them.
CREATE FUNCTION catalog.hold_namespaces(p_domain text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7253003, hashtext(p_domain));
    PERFORM FROM catalog.namespaces WHERE domain = p_domain ORDER BY id FOR NO KEY UPDATE;
END;
$$;

-- The pointer itself: one namespace stops being a domain's active one, another begins; and the record of it, which no
-- command that is killed right afterwards can leave out.
CREATE FUNCTION catalog.flip_namespace(p_domain text, p_from text, p_to text, p_event text)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE catalog.namespaces
    SET status = 'retiring', retire_after = ops.now() + interval '7 days', last_used_at = ops.now()
    WHERE domain = p_domain AND name = p_from AND status = 'active';
    IF NOT FOUND THEN
        RAISE EXCEPTION '%/% is not the active namespace', p_domain, p_from;
    END IF;
    UPDATE catalog.namespaces
    SET status = 'active', activated_at = ops.now(), retire_after = NULL
    WHERE domain = p_domain AND name = p_to;
    INSERT INTO ops.notices (event, domain, message, details)
    SELECT p_event, p_domain,
           p_domain || ' is served by ' || new.model || CASE p_event WHEN 'embedding.rolled_back' THEN ' again' ELSE '' END,
           jsonb_build_object('model', new.model, 'namespace', new.name,
                              'before', jsonb_build_object('model', old.model, 'namespace', old.name))
    FROM catalog.namespaces AS new JOIN catalog.namespaces AS old ON old.domain = new.domain AND old.name = p_from
    WHERE new.domain = p_domain AND new.name = p_to;
END;
$$;

-- Students' questions go to p_to from now on. Refused while its recorded gate has not passed, or while a student would
-- miss something in it.
CREATE FUNCTION catalog.cut_over(p_domain text, p_from text, p_to text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    found   catalog.namespaces;
    missing bigint;
BEGIN
    PERFORM catalog.hold_namespaces(p_domain);
    SELECT * INTO found FROM catalog.namespaces WHERE domain = p_domain AND name = p_to;
    IF found.status IS NULL OR found.status NOT IN ('building', 'retiring') THEN
        RAISE EXCEPTION '%/% cannot be cut over to: it is %', p_domain, p_to, coalesce(found.status, 'not there');
    END IF;
    IF NOT coalesce((found.gate_report ->> 'passed')::boolean, false) THEN
        RAISE EXCEPTION '%/% is not cut over to: its recorded gate has not passed; run prashna embeddings migrate',
            p_domain, p_to;
    END IF;
    missing := catalog.lacking(p_domain, p_to);
    IF missing > 0 THEN
        RAISE EXCEPTION '%/% is not cut over to: it lacks % chunks of live documents; run prashna embeddings migrate',
            p_domain, p_to, missing;
    END IF;
    PERFORM catalog.flip_namespace(p_domain, p_from, p_to, 'embedding.cut_over');
END;
$$;

-- The way back, from p_from to p_to. No gate: p_to has served before.
CREATE FUNCTION catalog.cut_back(p_domain text, p_from text, p_to text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    before text;
BEGIN
    PERFORM catalog.hold_namespaces(p_domain);
    SELECT status INTO before FROM catalog.namespaces WHERE domain = p_domain AND name = p_to;
    IF before IS DISTINCT FROM 'retiring' THEN
        RAISE EXCEPTION '%/% cannot be gone back to: it is %; migrate to its model instead',
            p_domain, p_to, coalesce(before, 'not there');
    END IF;
    PERFORM catalog.flip_namespace(p_domain, p_from, p_to, 'embedding.rolled_back');
END;
$$;

-- The table goes, the row stays as a record. Never the active one.
CREATE FUNCTION catalog.drop_namespace(p_domain text, p_name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE catalog.namespaces SET status = 'dropped', retire_after = NULL
    WHERE domain = p_domain AND name = p_name AND status IN ('building', 'retiring');
    IF NOT FOUND THEN
        RAISE EXCEPTION '%/% cannot be dropped: it is active, dropped already or not there', p_domain, p_name;
    END IF;
    EXECUTE format('DROP TABLE IF EXISTS %I.%I', p_domain, 'embeddings_' || p_name);
END;
$$;

-- When a task that used a namespace last ended, by what the tasks of the last 24 hours say of themselves. Where none
-- is known, null.
CREATE FUNCTION ops.namespace_used_at(p_namespace uuid, p_since interval DEFAULT '24 hours')
RETURNS timestamptz LANGUAGE sql STABLE
RETURN (SELECT max(finished_at) FROM chat.tasks
        WHERE job_id IS NOT NULL AND finished_at > ops.now() - p_since AND p_namespace = ANY (namespaces));

-- Note the use of the last minutes on the namespaces; how many were used. Once a minute is enough: the day that an
-- unused namespace is kept does not hang on it.
CREATE FUNCTION ops.note_namespace_use(p_since interval DEFAULT '10 minutes') RETURNS bigint LANGUAGE sql AS $$
    WITH used AS (
        SELECT space.id, max(t.finished_at) AS at
        FROM chat.tasks t CROSS JOIN unnest(t.namespaces) AS space (id)
        WHERE t.job_id IS NOT NULL AND t.finished_at > ops.now() - p_since
        GROUP BY space.id
    ), held AS MATERIALIZED (
        -- In one order, as catalog.hold_namespaces takes them.
        SELECT n.id, used.at FROM catalog.namespaces n JOIN used ON used.id = n.id
        WHERE n.last_used_at IS NULL OR n.last_used_at < used.at ORDER BY n.id FOR NO KEY UPDATE OF n
    ), noted AS (
        UPDATE catalog.namespaces n SET last_used_at = held.at FROM held WHERE n.id = held.id RETURNING n.id
    )
    SELECT count(*) FROM noted
$$;

-- Whether a retiring namespace's time is over: seven days after the cutover, and unused for the last 24 hours.
CREATE FUNCTION catalog.may_be_dropped(p_namespace catalog.namespaces) RETURNS boolean LANGUAGE sql STABLE
RETURN (p_namespace).status = 'retiring'
    AND (p_namespace).retire_after <= ops.now()
    AND coalesce((p_namespace).last_used_at <= ops.now() - interval '24 hours', true)
    AND ops.namespace_used_at((p_namespace).id) IS NULL;
