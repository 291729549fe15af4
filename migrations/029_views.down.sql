-- Backwards through 029_views.up.sql.

DROP FUNCTION crm.open_view(bigint, text);
DROP TABLE crm.views;
DROP FUNCTION identity.own_roles();
DROP FUNCTION ops.purge_bulk_changes(integer);
DROP FUNCTION crm.undo_bulk(bigint, boolean);
DROP FUNCTION crm.changed_since(crm.bulk_changes);
DROP FUNCTION crm.end_bulk();
DROP FUNCTION crm.bulk_columns(regclass);
DROP FUNCTION crm.begin_bulk(regclass, text, text, bigint, bigint[]);
DROP TABLE crm.bulk_rows;
DROP TABLE crm.bulk_changes;
DROP VIEW crm.contacts_sheet;
