-- needs: membership/module.sql ops/catalogue.sql

SELECT ops.describe_resource('user_notification_preferences', $${
	"label": {"en": "Notifications of members", "fr": "Notifications des membres"},
	"module": "membership",
	"table": "membership.user_notification_preferences",
	"actions": ["list", "get", "update", "history"],
	"grants": {"actions": ["read", "update", "export"], "own": ["read", "update"], "of": "id"},
	"fields": {
		"id": {"refers": "user_profiles", "as": "member"},
		"email": {"about": "Whether notifications are sent by email.",
			"label": {"en": "By email", "fr": "Par e-mail"}, "write": "always"},
		"memberships": {"about": "Whether emails about memberships are sent.",
			"label": {"en": "About memberships", "fr": "Sur les adhésions"}, "write": "always"},
		"queue": {"about": "Whether emails about calls from the queue are sent.",
			"label": {"en": "When it is your turn", "fr": "Quand c’est votre tour"}, "write": "always"},
		"verifications": {"about": "Whether emails about verifications are sent.",
			"label": {"en": "About my verification", "fr": "Sur ma vérification"}, "write": "always"},
		"messages": {"about": "Whether emails about messages from the staff are sent.",
			"label": {"en": "About messages from the staff", "fr": "Sur les messages de l’équipe"}, "write": "always"},
		"member_messages": {"about": "Whether emails about messages from members are sent.",
			"label": {"en": "Member messages", "fr": "Messages des membres"},
			"write": "always"},
		"muted_until": {"about": "The time until which no email is sent.",
			"label": {"en": "Muted until", "fr": "En silence jusqu’au"}, "write": "always"},
		"created_at": {},
		"updated_at": {}
	}
}$$);
