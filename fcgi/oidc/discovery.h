#ifndef DISCOVERY_H
#define DISCOVERY_H

#include <stdbool.h>

struct endpoints;
struct provider;
struct request;

/*
 * The endpoints, asked of the issuer where they are not set and not known
 * from the last hour.  NULL, with the reason in the log, when they cannot be
 * had; *answered tells a wrong document from none.
 */
const struct endpoints *discovery_endpoints(
    struct request *, struct provider *, bool *answered);

#endif
