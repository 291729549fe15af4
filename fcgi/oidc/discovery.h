#ifndef DISCOVERY_H
#define DISCOVERY_H

#include <stdbool.h>

struct endpoints;
struct provider;
struct request;

/*
 * Returns the endpoints of a provider: from the settings, or from the metadata
 * of the issuer, which is cached for an hour. Returns NULL on a logged error;
 * *answered is then true if the issuer responded with unusable metadata.
 */
const struct endpoints *discovery_endpoints(
    struct request *, struct provider *, bool *answered);

#endif
