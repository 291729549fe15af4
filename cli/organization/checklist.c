/* tenantry checklist: shows the items that users check, and their answers. */
#include <err.h>
#include <stdio.h>

#include "cli/base/commands.h"
#include "cli/base/operator.h"
#include "cli/base/pg.h"

enum status
checklist_add(struct invocation *in)
{
	const char *params[] = { in->arguments[0],
		command_value(in, OPTION_FR) };
	const struct pg_rows *rows = operator_ask(
	    in, "SELECT ops.add_checklist_item(NULL, $1, $2)", 2, params);

	if (rows == NULL)
		return STATUS_FAILED;
	printf("item %s\n", pg_value(rows, 0, 0));
	return STATUS_OK;
}

enum status
checklist_list(struct invocation *in)
{
	static const char sql[] =
	    "SELECT json_build_object('id', i.id, 'maintenance_id', "
	    "i.maintenance_id, 'text_en', i.text_en, 'text_fr', i.text_fr, "
	    "'shown', ops.checklist_shown(i), 'verified', a.verified, "
	    "'problems', a.problems), i.id, a.verified || ' verified', "
	    "a.problems || ' problems', CASE WHEN ops.checklist_shown(i) "
	    "THEN '' ELSE '(after maintenance ' || i.maintenance_id || ') ' "
	    "END || i.text_en FROM ops.checklist_item i "
	    "CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE x.state = "
	    "'verified') AS verified, count(*) FILTER (WHERE x.state = "
	    "'problem') AS problems FROM ops.checklist_answer x "
	    "WHERE x.item_id = i.id) a "
	    "WHERE i.removed_at IS NULL ORDER BY i.id";
	static const struct list_column columns[] = { { 1, 4 }, { 2, 12 },
		{ 3, 12 }, { 4, 0 }, { 0, 0 } };

	return operator_list(
	    in, operator_ask(in, sql, 0, NULL), columns, "no items");
}

enum status
checklist_remove(struct invocation *in)
{
	const struct pg_rows *rows = operator_ask(in,
	    "UPDATE ops.checklist_item SET removed_at = coalesce(removed_at, "
	    "now()) WHERE id::text = $1 RETURNING id",
	    1, in->arguments);

	if (rows == NULL)
		return STATUS_FAILED;
	if (pg_nrows(rows) == 0) {
		warnx("item \"%s\" does not exist", in->arguments[0]);
		return STATUS_FAILED;
	}
	return STATUS_OK;
}

enum status
checklist_report(struct invocation *in)
{
	static const char sql[] =
	    "SELECT row_to_json(r), r.id, coalesce(r.state, 'open'), "
	    "coalesce(to_char(r.answered_at AT TIME ZONE 'UTC', "
	    "'YYYY-MM-DD HH24:MI'), ''), coalesce(r.email, ''), "
	    "concat_ws(': ', r.item, nullif(r.detail, '')) "
	    "FROM ops.checklist_report() r";
	static const struct list_column columns[] = { { 1, 4 }, { 2, -8 },
		{ 3, -16 }, { 4, -24 }, { 5, 0 }, { 0, 0 } };

	return operator_list(
	    in, operator_ask(in, sql, 0, NULL), columns, "no items");
}
