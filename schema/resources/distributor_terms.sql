-- needs: ops/catalogue.sql

SELECT ops.describe_resource('distributor_terms', $${
	"module": "b2b",
	"table": "crm.distributor_terms",
	"trash": true,
	"grants": {"actions": ["read", "create", "update", "delete", "export"]},
	"fields": {
		"id": {},
		"principal_id": {"write": "always", "refers": "companies"},
		"distributor_id": {"label": {"en": "Distributor", "fr": "Distributeur"},
			"write": "always", "refers": "companies"},
		"territory": {"about": "The territory of the distributor; null means everywhere.",
			"label": {"en": "Territory", "fr": "Territoire"}, "write": "always"},
		"exclusive": {"about": "Whether no other distributor may have the territory.",
			"label": {"en": "Exclusive", "fr": "Exclusif"}, "write": "always"},
		"commission_rate": {"about": "The commission, in percent of the net amount.",
			"label": {"en": "Commission (%)", "fr": "Commission (%)"}, "write": "always"},
		"valid_from": {"write": "always"},
		"valid_to": {"write": "always"},
		"metadata": {"label": null, "write": "always", "form": "object", "limit": 16384},
		"created_at": {"label": {"en": "Created", "fr": "Créé"}},
		"updated_at": {"label": {"en": "Updated", "fr": "Modifié"}}
	}
}$$);
