-- The resource distributor_terms.
-- needs: ops/catalogue.sql

SELECT ops.describe_resource('distributor_terms', $${
	"module": "b2b",
	"table": "crm.distributor_terms",
	"trash": true,
	"grants": {"actions": ["read", "create", "update", "delete", "export"]},
	"fields": {
		"id": {},
		"principal_id": {"write": "always", "refers": "companies"},
		"distributor_id": {"write": "always", "refers": "companies"},
		"territory": {"write": "always"},
		"exclusive": {"write": "always"},
		"commission_rate": {"write": "always"},
		"valid_from": {"write": "always"},
		"valid_to": {"write": "always"},
		"created_at": {},
		"updated_at": {}
	}
}$$);
