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
		"headline": {},
		"bio": {},
		"birth_date": {},
		"city": {},
		"country": {},
		"email": {},
		"phone": {}
	}
}$$);
