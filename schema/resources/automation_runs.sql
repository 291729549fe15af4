-- The resource automation_runs.
-- needs: ops/catalogue.sql

SELECT ops.describe_resource('automation_runs', $${
	"label": {"en": "Automation runs", "fr": "Exécutions d’automatisations"},
	"view": "crm.automation_runs",
	"grants": {"as": "automation_rules"},
	"fields": {
		"id": {},
		"created_at": {},
		"updated_at": {},
		"rule_id": {},
		"resource": {},
		"row_id": {},
		"sales_id": {"names": "sales"},
		"depth": {},
		"outcome": {},
		"effect": {"schema": "Object"},
		"error": {},
		"code": {"about": "The code of the error, see /problems."},
		"arguments": {"schema": "Texts", "about": "The arguments of the text of the code."}
	}
}$$);
