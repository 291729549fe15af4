DROP FUNCTION crm.csv_line(json, text, text), ops.purge_imports(integer), ops.import_source(bigint),
	ops.rest_import(bigint), ops.advance_import(bigint), identity.begin_import(bigint), identity.may_import(uuid, text),
	ops.next_import(interval), crm.undo_batch(bigint, bigint, integer),
	crm.undo_updates(text, bigint[], json[]), crm.undo_inserts(text, bigint[]),
	ops.drop_imported_sales(bigint[]), ops.import_entries(bigint, bigint, integer),
	crm.preview_import(bigint, text, json), crm.fail_import(bigint, text),
	crm.import_batch(bigint, integer, text, json, bigint, boolean),
	crm.import_any(crm.imports, text, json), crm.import_lines(crm.imports, text, json),
	crm.import_sales(crm.imports, crm.import_line[]), crm.import_json_fault(text, jsonb),
	crm.import_json_row(text, jsonb), crm.import_pieces(crm.imports, text, crm.import_line[]),
	crm.import_refusal(text, text, text, text, text), crm.import_reached(crm.import_line[]),
	crm.import_write(crm.imports, text, crm.import_line[]),
	crm.import_put(crm.imports, text, crm.import_line[]), crm.import_direct(text, crm.import_line[]),
	crm.import_matched(crm.imports, text, text, text, crm.import_line[]),
	crm.import_referred(crm.import_line[], text, text, text, text, boolean),
	crm.import_unfound(text, text, text, text),
	crm.import_related(crm.import_line[], text, text, text, boolean),
	crm.import_checked(text, crm.import_line[]), crm.import_matches(text, text, text, text[]),
	crm.import_found(text, text[]), crm.find_addresses(text[]), crm.import_table(text),
	ops.pictures_fetched(),
	crm.import_points(jsonb, text, text, text, text), crm.import_names(jsonb, boolean),
	crm.import_fault(text, text), crm.date_fault(text);
DROP TYPE crm.import_line;
DROP INDEX crm.contacts_addresses;
DROP FUNCTION crm.address_keys(uuid, jsonb);
REVOKE SELECT (email_jsonb) ON crm.contacts FROM tenantry_search;
DROP FUNCTION crm.turn_import(bigint, text), crm.plan_import(bigint, jsonb), ops.import_head(bigint),
	crm.create_import(text, bytea, jsonb), ops.keep_import_file(bigint, text, bytea);
DROP TABLE ops.import_queue, ops.import_file, crm.import_mappings, crm.import_keys,
	crm.import_errors;
DROP VIEW crm.imports_summary;
DROP TABLE crm.imports;
DROP FUNCTION ops.queue_import(), crm.change_import(), crm.check_mapping(),
	crm.import_key_fields(text, text), crm.guess_mapping(text, jsonb), crm.import_fields(text);
