-- Drafts stay drafts, and what waited for its embeddings is never live: the release before knows neither.
DO $$
DECLARE
    d text;
BEGIN
    FOR d IN SELECT name FROM catalog.domains ORDER BY name LOOP
        EXECUTE format($sql$
            DROP TRIGGER note_version ON %1$I.chunks;
            ALTER TABLE %1$I.chunks DROP COLUMN version_id;
            ALTER TABLE %1$I.documents DROP COLUMN origin;
            ALTER TABLE %1$I.versions DROP COLUMN goes_live_with, DROP COLUMN embedded_until;
        $sql$, d);
    END LOOP;
END;
$$;
DROP FUNCTION catalog.note_version_of_chunk();
DELETE FROM queue_bulk.procrastinate_jobs WHERE task_name = 'bulk:embed';
ALTER TABLE catalog.revision_changes DROP COLUMN goes_live_before;
ALTER TABLE catalog.namespaces DROP COLUMN trouble, DROP COLUMN trouble_at;

CREATE OR REPLACE FUNCTION catalog.create_domain(
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
