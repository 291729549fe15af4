/*
 * Verifies JSON Web Tokens from another issuer with its keys (RFC 7517, 7519).
 */

#include <json-c/json.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/json.h"
#include "lib/crypto/jose.h"
#include "lib/crypto/jwks.h"

#define KEYS_MAX    64
#define SUBJECT_MAX 255

struct jwks {
	const struct jose_key **keys;
	size_t n;
};

static const struct jose_key *
find_kid(const struct jwks *set, const char *kid)
{
	const char *id;
	size_t i;

	for (i = 0; i < set->n; i++)
		if ((id = jose_key_id(set->keys[i])) != NULL &&
		    strcmp(id, kid) == 0)
			return set->keys[i];
	return NULL;
}

/* Adds a key. Returns its fault, or NULL. */
static const char *
add_key(struct arena *a, struct jwks *set, struct json_object *jwk)
{
	const struct jose_key *key;
	const char *why, *kid;

	if (!json_object_is_type(jwk, json_type_object))
		return "must be an object";
	if ((key = jose_key_read(a, jwk, &why)) == NULL)
		return why;
	if ((kid = jose_key_id(key)) != NULL && find_kid(set, kid) != NULL)
		return "kid must be unique";
	set->keys[set->n++] = key;
	return NULL;
}

const struct jwks *
jwks_read(struct arena *a, const char *text, size_t len, const char **why)
{
	struct json_object *root, *list;
	struct json_error error;
	struct jwks *set;
	bool present;
	size_t i, n;

	root = json_parse(a, text, len, &error);
	list = json_object_is_type(root, json_type_object)
	    ? json_get(root, "keys", &present)
	    : NULL;
	*why = "must be JSON, {\"keys\":[...]} with 1 to 64 keys";
	if (!json_object_is_type(list, json_type_array) ||
	    (n = json_object_array_length(list)) == 0 || n > KEYS_MAX)
		return NULL;
	set = arena_array(a, 1, sizeof *set);
	set->keys = arena_array(a, n, sizeof *set->keys);
	for (i = 0; i < n; i++) {
		*why = add_key(a, set, json_object_array_get_idx(list, i));
		if (*why != NULL) {
			*why = arena_printf(a, "key %zu: %s", i + 1, *why);
			return NULL;
		}
	}
	return set;
}

/*
 * Finds the key that must have signed the token. Returns NULL unless exactly
 * one key matches.
 */
static const struct jose_key *
find_key(const struct jwks *set, const struct jose_token *t)
{
	const struct jose_key *found = NULL;
	size_t i;

	if (t->kid != NULL)
		return find_kid(set, t->kid);
	for (i = 0; i < set->n; i++) {
		if (strcmp(jose_key_algorithm(set->keys[i]), t->alg) != 0)
			continue;
		if (found != NULL)
			return NULL;
		found = set->keys[i];
	}
	return found;
}

static const char *
verify_signature(const struct jwks *set, const struct jose_token *t)
{
	const struct jose_key *key = find_key(set, t);

	if (key == NULL)
		return "the token names no key that is known here";
	if (strcmp(jose_key_algorithm(key), t->alg) != 0)
		return "the algorithm of the token is not that of its key";
	return jose_token_signed_by(t, key)
	    ? NULL
	    : "the signature of the token does not match";
}

/*
 * Reads a time in seconds since 1970. Returns false if the claim is present but
 * not a number.
 */
static bool
date_claim(
    struct json_object *claims, const char *name, bool *present, double *at)
{
	struct json_object *value = json_get(claims, name, present);

	*at = 0;
	if (!*present)
		return true;
	*at = json_object_get_double(value);
	return json_object_is_type(value, json_type_int) ||
	    json_object_is_type(value, json_type_double);
}

static const char *
check_times(struct json_object *claims, const struct jwks_rules *rules)
{
	double now = (double)rules->now, skew = (double)rules->skew;
	double expires, from, issued;
	bool expiring, present;

	if (!date_claim(claims, "exp", &expiring, &expires) ||
	    !date_claim(claims, "nbf", &present, &from) ||
	    !date_claim(claims, "iat", &present, &issued))
		return "a time in the token is not a number";
	if (!expiring)
		return "the token has no expiry";
	if (expires + skew <= now)
		return "the token has expired";
	if (from > now + skew || issued > now + skew)
		return "the token is not valid yet";
	return NULL;
}

static bool
audience_matches(struct json_object *claims, const char *audience)
{
	struct json_object *list, *one;
	bool present;
	size_t i;

	list = json_get(claims, "aud", &present);
	if (json_object_is_type(list, json_type_string))
		return strcmp(json_object_get_string(list), audience) == 0;
	for (i = 0; json_object_is_type(list, json_type_array) &&
	     i < json_object_array_length(list);
	     i++) {
		one = json_object_array_get_idx(list, i);
		if (json_object_is_type(one, json_type_string) &&
		    strcmp(json_object_get_string(one), audience) == 0)
			return true;
	}
	return false;
}

static const char *
check_claims(struct json_object *claims, const struct jwks_rules *rules)
{
	const char *issuer = json_get_text(claims, "iss"), *subject;

	if (issuer == NULL || strcmp(issuer, rules->issuer) != 0)
		return "the token is from another issuer";
	if (!audience_matches(claims, rules->audience))
		return "the token is for another audience";
	subject = json_get_text(claims, "sub");
	if (subject == NULL || *subject == '\0' ||
	    strlen(subject) > SUBJECT_MAX)
		return "the token has no subject";
	return check_times(claims, rules);
}

const char *
jwks_verify(struct arena *a, const struct jwks *set,
    const struct jwks_rules *rules, const char *token,
    struct json_object **claims)
{
	struct jose_token t;
	const char *fault;

	*claims = NULL;
	if ((fault = jose_token_read(a, token, &t)) != NULL ||
	    (fault = verify_signature(set, &t)) != NULL ||
	    (fault = check_claims(t.claims, rules)) != NULL)
		return fault;
	*claims = t.claims;
	return NULL;
}
