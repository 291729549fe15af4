#!/bin/bash
# repair.sh - steps repair rows of an existing installation, and report them
set -uo pipefail
here=$(cd -P "$(dirname "$0")" && pwd)
[ -n "${TEST_PGDATA:-}" ] || exec "$here/../with-postgres" "$0" "$@"
. "$here/lib.sh"

db=sql_repair
is() { # arguments: the actual value, the expected value, the name of the check
	if [ "$1" = "$2" ]; then
		echo "NOTICE:  ok - $3"
	else echo "NOTICE:  not ok - $3: \"$1\", not \"$2\""; fi
}
said() { # argument: a part of a warning
	if grep -qF "$1" "$warnings"; then
		echo "NOTICE:  ok - a warning says $1"
	else
		echo "NOTICE:  not ok - no warning says $1"
		cat "$warnings"
	fi
}
warnings=$(mktemp)
trap 'rm -f "$warnings"' EXIT

# These rows are older than the steps that check choices and references. They are written
# with the definitions of that time, because current definitions write columns that are
# added later.
sql_database sql_repair_tags || exit 1
run_sql postgres -c "CREATE DATABASE $db OWNER tenantry_owner" || exit 1
zcat "$here/installations/003.sql.gz" | run_sql $db -f - >/dev/null || exit 1
run_sql $db <<-'SQL' || exit 1
	SET session_replication_role = replica; -- without the triggers of the definitions
	INSERT INTO identity.organization (id, name, slug)
	VALUES ('00000000-0000-0000-0000-00000000000a', 'A', 'a');
	SET app.org_id = '00000000-0000-0000-0000-00000000000a';
	INSERT INTO crm.configuration DEFAULT VALUES;
	INSERT INTO crm.companies (id, name, sector, size) VALUES (1, 'c', 'Energy', 7), (2, 'd', 'cheese', 9999);
	INSERT INTO crm.contacts (id, last_name, status) VALUES (1, 'a', 'HOT'), (2, 'b', 'lost'), (3, 'c', ''),
		(4, 'd', ' ');
	INSERT INTO crm.deals (id, name, stage, category, updated_at)
	VALUES (1, 'd', 'Won', NULL, '2020-01-01'), (2, 'e', 'negotiating', 'other', '2020-01-01'),
		(3, 'f', repeat('x', 200), NULL, '2020-01-01');
	INSERT INTO crm.tags (id, name, color) VALUES (5, 't', '#fff');
	UPDATE crm.contacts SET tags = '{99,5}' WHERE id = 1;
	UPDATE crm.deals SET contact_ids = '{2,77,1,2}' WHERE id = 1;
SQL
schema $db up >"$warnings" 2>&1 || cat "$warnings"
rows() { run_sql $db -c "SET ROLE tenantry_owner" -c "SET app.org_id = '00000000-0000-0000-0000-00000000000a'" -c "$1" | paste -sd ' '; }

is "$(rows 'SELECT sector, size FROM crm.companies ORDER BY id')" 'energy|10 cheese|500' 'sectors and sizes are choices'
is "$(rows 'SELECT id, status FROM crm.contacts ORDER BY id')" '1|hot 2|lost 3| 4|' 'statuses are choices, or none'
is "$(rows 'SELECT stage, updated_at::date FROM crm.deals ORDER BY id')" \
	'won|2020-01-01 negotiating|2020-01-01 opportunity|2020-01-01' 'stages are choices; that is no edit'
is "$(rows "SELECT config->'dealStages'->-1->>'value', jsonb_array_length(config->'dealStages'),
	config->'noteStatuses'->-1->>'value', config ? 'dealCategories' FROM crm.configuration")" \
	'negotiating|7|lost|f' 'unknown values are added to the lists'
is "$(rows "SELECT value FROM crm.choices WHERE kind = 'dealStages' ORDER BY position")" \
	'opportunity proposal-sent in-negociation won lost delayed negotiating' 'as rows, too'
is "$(rows 'SELECT tags FROM crm.contacts WHERE id = 1 UNION ALL SELECT contact_ids FROM crm.deals WHERE id = 1')" \
	'{5} {2,1,2}' 'arrays keep the ids that have a row'
is "$(rows 'SELECT string_agg(contact_id::text, chr(44) ORDER BY contact_id) FROM crm.deal_contacts')" '1,2' \
	'and those of deals are rows, too'
said 'contact_ids of 1 deals had ids of no contacts, which are removed'
said '"negotiating", which 1 deals have, is now one of dealStages'
said 'stage of 1 deals is now "won", not "Won"'
said 'size of 1 companies is now "10", not "7"'
is "$(rows "SELECT count(*) FROM ops.audit_log WHERE request_id = 'migration choices' AND table_name = 'deals'")" 2 \
	'the audit log has the changes'
is "$(rows "INSERT INTO crm.deals (name, stage) VALUES ('g', 'x')" 2>&1 | grep -o 'must be one of: [a-z]*')" \
	'must be one of: opportunity' 'and other values are refused'

# These tags are older than the step that makes their names unique.
db=sql_repair_tags
schema $db down "$(($(cd "$migrations" && ls -- *_tags.sql | cut -c1-3 | sed 's/^0*//') - 1))" >/dev/null || exit 1
run_sql $db <<-'SQL' || exit 1
	SET session_replication_role = replica;
	INSERT INTO identity.organization (id, name, slug)
	VALUES ('00000000-0000-0000-0000-00000000000a', 'A', 'a');
	SET app.org_id = '00000000-0000-0000-0000-00000000000a';
	INSERT INTO crm.tags (id, name, color) VALUES (5, 't', '#fff'), (6, 'T', '#aaa'), (7, 'u', '#bbb'), (8, 't', '#ccc');
	INSERT INTO crm.contacts (id, last_name, tags) VALUES (1, 'a', '{5}'), (2, 'b', '{7,8,6}');
	INSERT INTO crm.contact_tags (contact_id, tag_id) VALUES (1, 5), (2, 7), (2, 8), (2, 6);
	INSERT INTO crm.automation_rules (name, trigger_type, trigger_config, action_type)
	VALUES ('r', 'contact.tag_added', '{"tag_id": 6}', 'create_task');
SQL
schema $db up >"$warnings" 2>&1 || cat "$warnings"
is "$(rows 'SELECT id, name FROM crm.tags ORDER BY id')" '5|t 7|u' 'tags of one name are one'
is "$(rows 'SELECT tags FROM crm.contacts ORDER BY id')" '{5} {7,5}' 'contacts keep its place'
is "$(rows 'SELECT trigger_config FROM crm.automation_rules')" '{"tag_id": 5}' 'and the rules'
is "$(rows 'SELECT count(*) FROM crm.trash')" 0 'and the trash keeps no duplicate'
said 'the tags {t,T,t} are now one, number 5'
