-- The resource user_notification_preferences.
-- needs: membership/module.sql ops/catalogue.sql

SELECT ops.describe_resource('user_notification_preferences', $${
	"label": {"en": "Notifications of members", "fr": "Notifications des membres"},
	"module": "membership",
	"table": "membership.user_notification_preferences",
	"actions": ["list", "get", "update", "history"],
	"grants": {"actions": ["read", "update", "export"], "own": ["read", "update"], "of": "id"},
	"fields": {
		"id": {"refers": "user_profiles", "as": "member"},
		"email": {"label": {"en": "By email", "fr": "Par e-mail"}, "write": "always"},
		"memberships": {"label": {"en": "About memberships", "fr": "Sur les adhésions"}, "write": "always"},
		"queue": {"label": {"en": "When it is your turn", "fr": "Quand c’est votre tour"}, "write": "always"},
		"verifications": {"label": {"en": "About my verification", "fr": "Sur ma vérification"}, "write": "always"},
		"messages": {"label": {"en": "About messages from the staff", "fr": "Sur les messages de l’équipe"}, "write": "always"},
		"member_messages": {"label": {"en": "Member messages", "fr": "Messages des membres"},
			"write": "always"},
		"muted_until": {"label": {"en": "Muted until", "fr": "En silence jusqu’au"}, "write": "always"},
		"created_at": {},
		"updated_at": {}
	}
}$$);
