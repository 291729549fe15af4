#ifndef PEOPLE_H
#define PEOPLE_H

#include <stdbool.h>

struct json_object;
struct migration;

/*
 * Signs in as the people whom the steps with the "people" header have created,
 * and adds a verdict for each kind of sign-in. Further verdicts name the people
 * who cannot sign in, who must first set a password, or who are banned.
 */
bool people_judge(
    struct migration *, const char *seed, struct json_object *verdicts);

#endif
