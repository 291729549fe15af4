#ifndef OPENAPI_30_H
#define OPENAPI_30_H

struct buf;
struct json_object;

/*
 * Appends an OpenAPI 3.1 document in version 3.0, which many client generators
 * for Java and C# require. Types that version 3.0 cannot express become more
 * general: a value with several types has no type, and the elements of a tuple
 * may be anything. Webhooks are omitted.
 */
void openapi_30_put(struct buf *, struct json_object *document);

#endif
