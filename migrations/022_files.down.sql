-- Files, and which rows show them.  The bytes stay where they are.
DROP TRIGGER use_files ON crm.contacts;
DROP TRIGGER use_files ON crm.sales;
DROP TRIGGER use_files ON crm.companies;
DROP TRIGGER use_files ON crm.configuration;
DROP TRIGGER use_files ON crm.contact_notes;
DROP TRIGGER use_files ON crm.deal_notes;
DROP TRIGGER leave_files ON crm.trash;
DROP TRIGGER leave_files ON crm.merges;
DROP TRIGGER files_gone ON identity.organization;
DROP FUNCTION crm.use_files(), crm.leave_trash(), crm.leave_merge(),
	crm.leave_for_good(uuid, text, bigint), crm.leave_files(uuid, text, bigint, boolean), ops.organization_gone(),
	ops.begin_file(text, text, text, bigint, text, bigint), ops.end_file(text, text),
	ops.drop_file(text), ops.keep_file(text, text, text, text, bigint), ops.find_file(text),
	ops.claim_removals(integer), ops.forget_files(text[]), ops.next_to_move(),
	ops.moved(text, text), ops.unknown_files(text[]), ops.take_room(uuid, bigint, bigint);
DROP TABLE ops.file_use, ops.file_bytes, ops.file;
