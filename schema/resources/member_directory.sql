-- needs: ops/catalogue.sql membership/settings.sql

SELECT ops.describe_resource('member_directory', $${
	"module": "membership",
	"view": "membership.member_directory",
	"grants": {"actions": ["read", "export"], "own": ["read"]},
	"fields": {
		"id": {},
		"first_name": {},
		"last_name": {},
		"headline": {"about": "A line in which the member introduces themselves.",
			"label": {"en": "Headline", "fr": "Titre"}},
		"bio": {"about": "A text in which the member introduces themselves.",
			"label": {"en": "About", "fr": "À propos"}, "kind": "longtext"},
		"birth_date": {"about": "The date of birth, if the member shows it.",
			"label": {"en": "Birthday", "fr": "Date de naissance"}},
		"city": {},
		"country": {},
		"email": {"about": "The email address, if the member shows it."},
		"phone": {"about": "The telephone number, if the member shows it.",
			"label": {"en": "Phone", "fr": "Téléphone"}, "kind": "phone"}
	}
}$$);
