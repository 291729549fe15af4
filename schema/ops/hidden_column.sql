-- Columns that contain secrets. SQL that users write cannot read these columns. tests/sql/catalog.sql reports columns
-- with secrets that are not listed here.

-- Hides these columns of a table, and no others.
CREATE OR REPLACE FUNCTION ops.hide_columns(relation regclass, hidden name[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	name text := (SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.oid = relation);
BEGIN
	DELETE FROM ops.hidden_column h WHERE h.table_name = name AND h.column_name <> ALL (hidden);
	INSERT INTO ops.hidden_column (table_name, column_name) SELECT name, c FROM unnest(hidden) c
	ON CONFLICT DO NOTHING;
END $$;
