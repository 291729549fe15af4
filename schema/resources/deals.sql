-- needs: ops/catalogue.sql

SELECT ops.describe_resource('deals', $${
	"also": "crm/deals",
	"table": "crm.deals",
	"search": "crm.search_deals",
	"total": "deals",
	"trash": true,
	"feed": true,
	"assistant": true,
	"successor": {"name": "opportunities", "since": "2026-11-24", "sunset": "2027-11-30"},
	"custom": true,
	"grants": {"actions": ["read", "create", "update", "delete", "export", "import"], "limits": true},
	"fields": {
		"id": {},
		"name": {"about": "The name of the deal.",
			"searched": "title", "write": "always", "rules": ["compare", "set", "quote"], "import": [
			"deal", "dealname", "opportunity", "opportunityname", "title", "titel", "titre", "nomdelatransaction",
			"nomdelopportunite", "opportunite", "transaktion", "dealtitel", "titulo", "nombredelaoportunidad",
			"nombredelnegocio", "negocio", "oportunidad"]},
		"company_id": {"write": "always", "rules": ["compare"], "import": [], "refers": "companies"},
		"contact_ids": {"label": {"en": "Contacts", "fr": "Contacts"}, "names": "contacts",
			"write": "always", "rules": ["compare"]},
		"category": {"about": "The category, one of dealCategories in the configuration.", "schema": "DealCategories",
			"searched": "body", "write": "always", "rules": ["compare", "set", "quote"], "import": []},
		"stage": {"about": "The stage, one of dealStages in the configuration.", "schema": "DealStages",
			"label": {"en": "Stage", "fr": "Étape"}, "form": "stage",
			"write": "always", "rules": ["compare", "quote"], "import": [
			"dealstage", "phase", "verkaufsphase", "dealphase", "etape", "etapedelatransaction", "etapa",
			"etapadelnegocio", "fase"]},
		"description": {"kind": "longtext",
			"searched": "body", "write": "always", "limit": 65536, "rules": ["compare", "set"], "import": [
			"notes", "beschreibung", "descripcion"]},
		"amount": {"kind": "money", "about": "The amount in units of the currency, with at most as many decimal places as the currency has.",
			"write": "always", "rules": ["compare", "set", "quote"], "import_as": "amount", "import": [
			"value", "budget", "dealvalue", "wert", "betrag", "montant", "valeur", "importe", "valor", "monto"]},
		"created_at": {"label": {"en": "Created", "fr": "Créée le"}, "kind": "date",
			"write": "once", "not_null": true, "rules": ["compare"], "import": ["created", "createdon"]},
		"updated_at": {"label": {"en": "Updated", "fr": "Modifiée le"}, "not_null": true},
		"archived_at": {"about": "When the deal was archived; null if it is on the board.",
			"label": {"en": "Archived", "fr": "Archivée le"}, "kind": "date",
			"write": "always", "rules": ["compare"], "import": ["archived"]},
		"expected_closing_date": {"about": "The day on which the deal is expected to be closed.",
			"label": {"en": "Close date", "fr": "Date de clôture"},
			"write": "always", "rules": ["compare", "set", "quote"], "import": [
			"closingdate", "closedate", "expectedclosedate", "schlusstermin", "abschlussdatum",
			"erwartetesabschlussdatum", "datedefermeture", "datedecloture", "fechadecierre", "fechadecierreprevista"]},
		"sales_id": {"write": "always", "rules": ["compare"], "import": [], "refers": "sales"},
		"index": {"about": "The position in the column of the board, counted from 0.",
			"label": {"en": "Position", "fr": "Position"}, "write": "always", "place": true},
		"metadata": {"label": null, "write": "always", "form": "object", "limit": 16384, "import": []},
		"custom": {"label": null, "schema": "Object", "write": "always", "form": "custom", "about": "The values of the fields that the organization defines, by their keys."}
	}
}$$);
