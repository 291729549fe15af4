#ifndef DISCOVERY_H
#define DISCOVERY_H

#include <stdbool.h>

struct endpoints;
struct provider;
struct request;

/*
 * Returns a provider's endpoints from the settings, or from the issuer's
 * metadata, which is cached for an hour. On an error, logs it and returns NULL.
 * *answered is then true if the issuer responded with unusable metadata.
 */
const struct endpoints *discovery_endpoints(
    struct request *, struct provider *, bool *answered);

#endif
