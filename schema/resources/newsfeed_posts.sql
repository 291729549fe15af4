-- The newsfeed_posts resource. Marking a post as read is an update.
-- needs: ops/catalogue.sql membership/newsfeed.sql

SELECT ops.describe_resource('newsfeed_posts', $${
	"module": "membership",
	"table": "membership.newsfeed_posts",
	"view": "membership.newsfeed",
	"actions": ["list", "get", "create", "update", "delete"],
	"grants": {"actions": ["read", "create", "update", "delete", "export"], "own": ["read", "update"]},
	"fields": {
		"id": {},
		"title": {"about": "The headline of the post.", "write": "always"},
		"body": {"about": "The text of the post.",
			"label": {"en": "Text", "fr": "Texte"}, "kind": "longtext", "write": "always"},
		"audience": {"about": "Who can read the post.",
			"label": {"en": "For", "fr": "Pour"}, "write": "always"},
		"tier": {"about": "The tier whose members can read the post.",
			"label": {"en": "For tier", "fr": "Du niveau"}, "write": "always"},
		"published_at": {"about": "When the post was published; null if it is a draft.",
			"label": {"en": "Published", "fr": "Parution"}, "write": "always"},
		"read_at": {"about": "When the caller read the post."},
		"created_at": {"not_null": true},
		"updated_at": {"not_null": true}
	}
}$$);
