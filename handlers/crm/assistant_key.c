/* Keys for the model of the assistant, as clients send them. */

#include "handlers/crm/assistant_key.h"

#include "fcgi/http/request.h"
#include "lib/base/config.h"
#include "lib/crypto/secretbox.h"

#define KEY_MAX 512

enum problem_code
assistant_key_seal(struct request *rq, const char *member, const char *key,
    const char **sealed)
{
	const char *s;

	for (s = key; *s > 0x20 && *s < 0x7f; s++)
		continue;
	if (*s != '\0' || s == key || s - key > KEY_MAX)
		return request_refuse(rq, "printable_characters", member,
		    request_number(rq, KEY_MAX));
	*sealed = secretbox_seal(rq->arena, rq->config->secret, key);
	return PROBLEM_NONE;
}
