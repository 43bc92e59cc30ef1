DO $$
DECLARE
    d text;
BEGIN
    FOR d IN SELECT name FROM catalog.domains ORDER BY name LOOP
        EXECUTE format('ALTER TABLE %I.chunks ALTER COLUMN version_id DROP NOT NULL', d);
    END LOOP;
END;
$$;
