#ifndef BULK_H
#define BULK_H

#include "body.h"

/* What the body of a change of many rows holds; the action is in router.h. */
extern const struct body_field bulk_body[];

#endif
