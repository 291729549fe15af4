-- The resource user_profiles.
-- needs: membership/module.sql ops/catalogue.sql

SELECT ops.describe_resource('user_profiles', $${
	"module": "membership",
	"table": "membership.user_profiles",
	"actions": ["list", "get", "create", "update", "delete", "history"],
	"grants": {"actions": ["read", "create", "update", "delete", "export"], "own": ["read", "update"], "of": "id"},
	"fields": {
		"id": {},
		"user_id": {},
		"first_name": {"write": "always"},
		"last_name": {"label": {"en": "Last name", "fr": "Nom"}, "write": "always", "collated": true},
		"headline": {"label": {"en": "Headline", "fr": "Titre"}, "write": "always"},
		"bio": {"label": {"en": "About", "fr": "À propos"}, "kind": "longtext", "write": "always"},
		"birth_date": {"label": {"en": "Birthday", "fr": "Date de naissance"}, "write": "always"},
		"erased_at": {},
		"created_at": {},
		"updated_at": {}
	}
}$$);
