#ifndef WEEKLY_MAIL_H
#define WEEKLY_MAIL_H

#include "lib/base/problem.h"

struct request;
struct response;

/*
 * The setting that determines whether the caller gets the weekly email about
 * opportunities, and the body {"enabled":...,"language":...} that changes the
 * setting. The language defaults to Accept-Language.
 */
enum problem_code weekly_mail_show(
    struct request *, struct response *) MUST_CHECK;
enum problem_code weekly_mail_set(
    struct request *, struct response *) MUST_CHECK;

#endif
