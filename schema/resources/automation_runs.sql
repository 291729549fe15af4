-- needs: ops/catalogue.sql

SELECT ops.describe_resource('automation_runs', $${
	"label": {"en": "Automation runs", "fr": "Exécutions d’automatisations"},
	"view": "crm.automation_runs",
	"grants": {"as": "automation_rules"},
	"fields": {
		"id": {},
		"created_at": {},
		"updated_at": {},
		"rule_id": {"about": "The ID of the rule that ran."},
		"resource": {},
		"row_id": {},
		"sales_id": {"names": "sales"},
		"depth": {"about": "The number of rules that triggered each other before this run."},
		"outcome": {"about": "Whether the rule was applied, skipped or failed."},
		"effect": {"about": "What the action has changed or created.", "schema": "Object"},
		"error": {"about": "The reason for a failure, in English."},
		"code": {"about": "The code of the error, see /problems."},
		"arguments": {"schema": "Texts", "about": "The arguments for the text of the code."}
	}
}$$);
