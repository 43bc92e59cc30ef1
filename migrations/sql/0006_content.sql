-- What the content desk keeps of each change, so that nothing is live before it is embedded and everything can be undone.

-- Why the last try to embed for a namespace failed; null after one that did not.
ALTER TABLE catalog.namespaces ADD COLUMN trouble text, ADD COLUMN trouble_at timestamptz;

-- A version that waited to become live with another revision, until this one touched it: an undo lets it wait again.
ALTER TABLE catalog.revision_changes ADD COLUMN goes_live_before bigint REFERENCES catalog.revisions (id);

-- Which version a chunk is of, so that words are weighed by live texts alone without a look at their parents' long rows.
-- It is always its parent's, also for a chunk that another release writes; 0008 fills in those that are stored.
CREATE FUNCTION catalog.note_version_of_chunk() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SELECT version_id FROM %I.parents WHERE id = $1', TG_TABLE_SCHEMA) INTO NEW.version_id USING NEW.parent_id;
    RETURN NEW;
END;
$$;

-- documents.origin: the file that the text was last read from; null for standard input and what the first releases took.
-- versions.goes_live_with: the revision with which it becomes live (or, if it is live, effective for longer) as soon as
--   its embeddings are complete; null for one that waits for nothing, also for a draft that waits to be published.
-- versions.embedded_until: until when its embeddings are kept at least; null for one that is, or may become, live.
DO $$
DECLARE
    d text;
BEGIN
    FOR d IN SELECT name FROM catalog.domains ORDER BY name LOOP
        EXECUTE format($sql$
            ALTER TABLE %1$I.documents ADD COLUMN origin text;
            ALTER TABLE %1$I.versions
                ADD COLUMN goes_live_with bigint REFERENCES catalog.revisions (id),
                ADD COLUMN embedded_until timestamptz;
            CREATE INDEX versions_going_live ON %1$I.versions (document_id) WHERE goes_live_with IS NOT NULL;
            UPDATE %1$I.versions SET embedded_until = ended_at + interval '30 days' WHERE status IN ('ended', 'withdrawn');
            ALTER TABLE %1$I.chunks ADD COLUMN version_id uuid;
            CREATE TRIGGER note_version BEFORE INSERT OR UPDATE OF parent_id, version_id ON %1$I.chunks
                FOR EACH ROW EXECUTE FUNCTION catalog.note_version_of_chunk();
        $sql$, d);
    END LOOP;
END;
$$;

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
            created_at timestamptz NOT NULL DEFAULT now(),
            origin     text
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
            goes_live_with bigint REFERENCES catalog.revisions (id),
            embedded_until timestamptz,
            UNIQUE (document_id, number),
            CHECK (effective_from < effective_to),
            CONSTRAINT versions_live_ranges_do_not_overlap EXCLUDE USING gist
                (document_id WITH =, daterange(effective_from, effective_to) WITH &&) WHERE (status = 'live')
        );
        CREATE INDEX versions_going_live ON %1$I.versions (document_id) WHERE goes_live_with IS NOT NULL;
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
            id         uuid PRIMARY KEY DEFAULT uuidv7(),
            parent_id  uuid NOT NULL REFERENCES %1$I.parents (id),
            position   integer NOT NULL CHECK (position >= 0),
            header     text NOT NULL,
            text       text NOT NULL CHECK (text <> ''),
            tokens     integer NOT NULL CHECK (tokens > 0),
            tsv        tsvector NOT NULL GENERATED ALWAYS AS
                       (to_tsvector('english'::regconfig, header || E'\n' || text)) STORED,
            version_id uuid NOT NULL,
            UNIQUE (parent_id, position)
        );
        CREATE INDEX chunks_tsv ON %1$I.chunks USING gin (tsv);
        CREATE TRIGGER note_version BEFORE INSERT OR UPDATE OF parent_id, version_id ON %1$I.chunks
            FOR EACH ROW EXECUTE FUNCTION catalog.note_version_of_chunk();
    $sql$, p_name);
    PERFORM catalog.create_namespace(
        p_name, trim(BOTH '_' FROM regexp_replace(lower(p_model), '[^a-z0-9]+', '_', 'g')), p_model, p_dimensions, 'active');
    PERFORM catalog.refresh_versions_view();
END;
$$;
