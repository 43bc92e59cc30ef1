DO $$
DECLARE
    d text;
    last uuid;
BEGIN
    FOR d IN SELECT name FROM catalog.domains ORDER BY name LOOP
        last := '00000000-0000-0000-0000-000000000000';
        WHILE last IS NOT NULL LOOP
            EXECUTE format($sql$
                WITH batch AS MATERIALIZED (SELECT id FROM %1$I.chunks WHERE id > $1 ORDER BY id LIMIT 5000),
                filled AS (
                    UPDATE %1$I.chunks SET version_id = parents.version_id
                    FROM batch, %1$I.parents
                    WHERE chunks.id = batch.id AND chunks.version_id IS NULL AND parents.id = chunks.parent_id)
                SELECT id FROM batch ORDER BY id DESC LIMIT 1
            $sql$, d) INTO last USING last;
            COMMIT;
        END LOOP;
        PERFORM set_config('lock_timeout', '5s', true);
        IF NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = format('%I.chunks', d)::regclass
                       AND conname = 'chunks_version_id_not_null') THEN
            EXECUTE format('ALTER TABLE %I.chunks ADD CONSTRAINT chunks_version_id_not_null NOT NULL version_id NOT VALID', d);
            COMMIT;
        END IF;
        EXECUTE format('ALTER TABLE %I.chunks VALIDATE CONSTRAINT chunks_version_id_not_null', d);
        EXECUTE format('ANALYZE %I.chunks', d);
        COMMIT;
    END LOOP;
END;
$$;
