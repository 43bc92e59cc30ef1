-- Back to one namespace a domain that nothing moves. Tables of namespaces that were not active go with their rows.
DO $$
DECLARE
    space record;
BEGIN
    FOR space IN SELECT domain, name FROM catalog.namespaces WHERE status IN ('building', 'retiring') LOOP
        PERFORM catalog.drop_namespace(space.domain, space.name);
    END LOOP;
END;
$$;
DROP FUNCTION catalog.may_be_dropped(catalog.namespaces);
DROP FUNCTION ops.note_namespace_use(interval);
DROP FUNCTION ops.namespace_used_at(uuid, interval);
DROP FUNCTION catalog.drop_namespace(text, text);
DROP FUNCTION catalog.cut_back(text, text, text);
DROP FUNCTION catalog.cut_over(text, text, text);
DROP FUNCTION catalog.flip_namespace(text, text, text, text);
DROP FUNCTION catalog.hold_namespaces(text);
DROP FUNCTION catalog.lacking(text, text);
DROP FUNCTION catalog.begin_namespace(text, text, text, integer);
DROP TABLE ops.notices;
ALTER TABLE catalog.namespaces DROP COLUMN ef_search;
DROP INDEX catalog.namespaces_one_building;
