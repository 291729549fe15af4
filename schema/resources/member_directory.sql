-- The resource member_directory.
-- needs: ops/catalogue.sql membership/settings.sql

SELECT ops.describe_resource('member_directory', $${
	"module": "membership",
	"view": "membership.member_directory",
	"grants": {"actions": ["read", "export"], "own": ["read"]},
	"fields": {
		"id": {},
		"first_name": {},
		"last_name": {},
		"headline": {"label": {"en": "Headline", "fr": "Titre"}},
		"bio": {"label": {"en": "About", "fr": "À propos"}, "kind": "longtext"},
		"birth_date": {"label": {"en": "Birthday", "fr": "Date de naissance"}},
		"city": {},
		"country": {"label": {"en": "Country", "fr": "Pays"}},
		"email": {},
		"phone": {"label": {"en": "Phone", "fr": "Téléphone"}, "kind": "phone"}
	}
}$$);
