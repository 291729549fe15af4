/* Creates and decrypts organizations' keys. */
#include <stddef.h>

#include "fcgi/http/request.h"
#include "handlers/membership/organization_key.h"
#include "lib/base/config.h"
#include "lib/base/log.h"
#include "lib/crypto/secretbox.h"
#include "lib/crypto/token.h"

#define KEY_BYTES 32

const char *
organization_key_new(struct request *rq)
{
	return secretbox_seal(
	    rq->arena, rq->config->secret, token_hex(rq->arena, KEY_BYTES));
}

const char *
organization_key_open(struct request *rq, const char *sealed)
{
	const char *key = sealed != NULL
	    ? secretbox_open(rq->arena, rq->config->secrets, sealed)
	    : NULL;

	if (key == NULL) {
		log_error("organization_key error=\"a key was sealed with "
			  "another secret\"");
		request_refuse(rq, "secret_unknown");
	}
	return key;
}
