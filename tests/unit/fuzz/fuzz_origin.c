/* Input: trusted origins, an origin, and a URL to return to, on three lines. */

#include <strings.h>

#include "fcgi/http/origin.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "tests/unit/fuzz/harness.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct request *rq = harness_request();
	struct config config = *rq->config;
	struct param param = { .name = "callbackURL" };
	const char *origin, *base = config.base_url;

	config.trusted_origins = harness_line(rq->arena, &data, &size);
	origin = harness_line(rq->arena, &data, &size);
	origin_trusted(&config, origin);
	config.trusted_origins = "";
	if (origin_trusted(&config, origin))
		PROMISE(strncasecmp(origin, base, strlen(base)) == 0 &&
		    strchr("/?#\\", origin[strlen(base)]) != NULL);
	rq->config = &config;
	rq->params = &param;
	rq->nparams = 1;
	param.value = harness_line(rq->arena, &data, &size);
	if (origin_check_urls(rq, NULL) == PROBLEM_NONE && *param.value != '\0')
		PROMISE((param.value[0] == '/' && param.value[1] != '/' &&
			    param.value[1] != '\\') ||
		    origin_trusted(&config, param.value));
	harness_end(rq);
	return 0;
}
