-- needs: membership/profile.sql ops/catalogue.sql

SELECT ops.describe_resource('user_profiles', $${
	"module": "membership",
	"table": "membership.user_profiles",
	"view": "membership.user_profiles_summary",
	"search": "membership.search_profiles",
	"actions": ["list", "get", "create", "update", "delete", "history"],
	"grants": {"actions": ["read", "create", "update", "delete", "export"], "own": ["read", "update"], "of": "id"},
	"fields": {
		"id": {},
		"user_id": {"about": "The ID of the account in Better Auth."},
		"first_name": {"write": "always"},
		"last_name": {"label": {"en": "Last name", "fr": "Nom"}, "write": "always", "collated": true},
		"headline": {"about": "A line in which the member introduces themselves.",
			"label": {"en": "Headline", "fr": "Titre"}, "write": "always"},
		"bio": {"about": "A text in which the member introduces themselves.",
			"label": {"en": "About", "fr": "À propos"}, "kind": "longtext", "write": "always"},
		"birth_date": {"about": "The date of birth of the member.",
			"label": {"en": "Birthday", "fr": "Date de naissance"}, "write": "always"},
		"membership_status": {"label": {"en": "Membership", "fr": "Adhésion"},
			"about": "The status of the membership that began last.",
			"sql": "(SELECT m.status FROM membership.user_memberships m WHERE m.org_id = t.org_id AND m.member_id = t.id ORDER BY m.starts_on DESC LIMIT 1)"},
		"amounts_due": {"schema": "Counts", "label": {"en": "Amount due", "fr": "Montant dû"},
			"about": "The open amounts due, in minor units, by currency: `{\"EUR\": 4000}`; null if there are none.",
			"sql": "(SELECT jsonb_object_agg(d.currency, d.amount) FROM (SELECT b.currency, sum(b.amount) AS amount FROM membership.user_billing_schedules b WHERE b.org_id = t.org_id AND b.member_id = t.id AND b.status = 'open' GROUP BY b.currency) d)"},
		"erased_at": {"about": "When the person was erased."},
		"created_at": {},
		"updated_at": {}
	}
}$$);
