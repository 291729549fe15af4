-- The resource newsfeed_posts. Marking a post as read is an update.
-- needs: ops/catalogue.sql membership/newsfeed.sql

SELECT ops.describe_resource('newsfeed_posts', $${
	"module": "membership",
	"table": "membership.newsfeed_posts",
	"view": "membership.newsfeed",
	"actions": ["list", "get", "create", "update", "delete"],
	"grants": {"actions": ["read", "create", "update", "delete", "export"], "own": ["read", "update"]},
	"fields": {
		"id": {},
		"title": {"write": "always"},
		"body": {"label": {"en": "Text", "fr": "Texte"}, "kind": "longtext", "write": "always"},
		"audience": {"label": {"en": "For", "fr": "Pour"}, "write": "always"},
		"tier": {"label": {"en": "For tier", "fr": "Du niveau"}, "write": "always"},
		"published_at": {"label": {"en": "Published", "fr": "Parution"}, "write": "always"},
		"read_at": {},
		"created_at": {"not_null": true},
		"updated_at": {"not_null": true}
	}
}$$);
