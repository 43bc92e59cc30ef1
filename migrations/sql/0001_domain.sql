-- One schema per domain. Every domain is made, and later changed, by these functions alone.

-- All versions of all domains in one view; it is how the cache knows whether what an answer cites is live.
CREATE FUNCTION catalog.refresh_versions_view() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    body text;
BEGIN
    SELECT string_agg(
        format('SELECT %L::text AS domain, id, document_id, number, status, effective_from, effective_to FROM %I.versions',
               name, name), ' UNION ALL ' ORDER BY name)
    INTO body FROM catalog.domains;
    EXECUTE 'CREATE OR REPLACE VIEW catalog.versions AS ' || body;
END;
$$;

-- The table, storage and index of one namespace. pgvector indexes `vector` up to 2,000 dimensions and `halfvec` up to
-- 4,000. STORAGE PLAIN keeps a row that fits its page out of TOAST; without it the planner takes a wide embedding
-- table for a tiny one and scans it (measured 59 ms against 2.5 ms).
CREATE FUNCTION catalog.create_namespace(p_domain text, p_name text, p_model text, p_dimensions integer, p_status text)
RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    kind     text := CASE WHEN p_dimensions <= 1024 THEN 'vector' ELSE 'halfvec' END;
    tab      text := 'embeddings_' || p_name;
    width    integer := p_dimensions * CASE WHEN p_dimensions <= 1024 THEN 4 ELSE 2 END;
    result   uuid;
BEGIN
    EXECUTE format(
        'CREATE TABLE %I.%I (
            chunk_id  uuid PRIMARY KEY REFERENCES %I.chunks (id) ON DELETE CASCADE,
            embedding %s(%s) NOT NULL
        )', p_domain, tab, p_domain, kind, p_dimensions);
    IF width <= 7900 THEN
        EXECUTE format('ALTER TABLE %I.%I ALTER COLUMN embedding SET STORAGE PLAIN', p_domain, tab);
    END IF;
    EXECUTE format('CREATE INDEX %I ON %I.%I USING hnsw (embedding %s_cosine_ops)',
                   tab || '_hnsw', p_domain, tab, kind);
    INSERT INTO catalog.namespaces (domain, name, model, dimensions, status, activated_at)
    VALUES (p_domain, p_name, p_model, p_dimensions, p_status, CASE p_status WHEN 'active' THEN now() END)
    RETURNING id INTO result;
    RETURN result;
END;
$$;

CREATE FUNCTION catalog.create_domain(
    p_name text, p_intent text DEFAULT 'factual', p_model text DEFAULT 'minilm-int8', p_dimensions integer DEFAULT 384
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_namespace WHERE nspname = p_name) THEN
        RAISE EXCEPTION 'a schema named % exists already', p_name USING ERRCODE = 'duplicate_schema';
    END IF;
    INSERT INTO catalog.domains (name, intent) VALUES (p_name, p_intent);
    EXECUTE format('CREATE SCHEMA %I', p_name);
    EXECUTE format($sql$
        CREATE TABLE %1$I.documents (
            id         uuid PRIMARY KEY DEFAULT uuidv7(),
            key        text NOT NULL UNIQUE CHECK (key <> ''),
            created_at timestamptz NOT NULL DEFAULT now()
        );
        CREATE TABLE %1$I.versions (
            id             uuid PRIMARY KEY DEFAULT uuidv7(),
            document_id    uuid NOT NULL REFERENCES %1$I.documents (id),
            number         integer NOT NULL CHECK (number >= 1),
            content_hash   text NOT NULL,
            status         text NOT NULL CHECK (status IN ('draft', 'live', 'ended', 'withdrawn')),
            revision_id    bigint NOT NULL REFERENCES catalog.revisions (id),
            title          text NOT NULL,
            effective_from date,
            effective_to   date,
            year           integer CHECK (year BETWEEN 1 AND 9999),
            paper          text,
            subject        text,
            marks          numeric(6, 2),
            published_on   date,
            metadata       jsonb NOT NULL DEFAULT '{}',
            created_at     timestamptz NOT NULL DEFAULT now(),
            live_at        timestamptz,
            ended_at       timestamptz,
            UNIQUE (document_id, number),
            CHECK (effective_from < effective_to),
            CONSTRAINT versions_live_ranges_do_not_overlap EXCLUDE USING gist
                (document_id WITH =, daterange(effective_from, effective_to) WITH &&) WHERE (status = 'live')
        );
        CREATE INDEX versions_year_paper ON %1$I.versions (year, paper) WHERE status = 'live';
        CREATE TABLE %1$I.parents (
            id         uuid PRIMARY KEY DEFAULT uuidv7(),
            version_id uuid NOT NULL REFERENCES %1$I.versions (id),
            position   integer NOT NULL CHECK (position >= 0),
            header     text NOT NULL,
            locator    text NOT NULL,
            text       text NOT NULL CHECK (text <> ''),
            tokens     integer NOT NULL CHECK (tokens > 0),
            fact_keys  text[] NOT NULL DEFAULT '{}',
            UNIQUE (version_id, position)
        );
        CREATE INDEX parents_fact_keys ON %1$I.parents USING gin (fact_keys);
        CREATE TABLE %1$I.chunks (
            id        uuid PRIMARY KEY DEFAULT uuidv7(),
            parent_id uuid NOT NULL REFERENCES %1$I.parents (id),
            position  integer NOT NULL CHECK (position >= 0),
            header    text NOT NULL,
            text      text NOT NULL CHECK (text <> ''),
            tokens    integer NOT NULL CHECK (tokens > 0),
            tsv       tsvector NOT NULL GENERATED ALWAYS AS
                      (to_tsvector('english'::regconfig, header || E'\n' || text)) STORED,
            UNIQUE (parent_id, position)
        );
        CREATE INDEX chunks_tsv ON %1$I.chunks USING gin (tsv);
    $sql$, p_name);
    PERFORM catalog.create_namespace(
        p_name, trim(BOTH '_' FROM regexp_replace(lower(p_model), '[^a-z0-9]+', '_', 'g')), p_model, p_dimensions, 'active');
    PERFORM catalog.refresh_versions_view();
END;
$$;
