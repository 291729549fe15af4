# Begins the examples of docs/api, in a checkout after script/up: . docs/api/start.sh
#
# Signs in as Ada, whom it signs up at first, and creates an organization for the
# examples that follow. Sets url, json and bearer.
url=$(cat var/url)
json='Content-Type: application/json'
ada='"email":"ada@example.org","password":"a long password"'

# Prints the token in a response.
token() { sed -n 's/.*"token":"\([^"]*\)".*/\1/p'; }

# Prints the ID in a response.
new_id() { sed 's/[^0-9]*\([0-9]*\).*/\1/'; }

bearer=$(curl -sS "$url/api/auth/sign-in/email" -H "$json" -d "{$ada}" | token)
[ -n "$bearer" ] || bearer=$(curl -sS "$url/api/signup" -H "$json" \
	-d "{$ada,\"first_name\":\"Ada\",\"last_name\":\"Lovelace\"}" | token)
bearer="Authorization: Bearer $bearer"
curl -sS -o var/organization "$url/api/auth/organization/create" -H "$bearer" -H "$json" \
	-d "{\"name\":\"Examples\",\"slug\":\"examples-$(date +%s%N)\"}"
