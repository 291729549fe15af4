/* The list of modules: every file in handlers/ that defines one. */

#include <stddef.h>

#include "fcgi/http/route.h"
#include "handlers/handlers.h"
#include "handlers/modules.inc" /* made by the build: MODULES(each) */

#define DECLARE(name) extern const struct module name##_module;
#define LIST(name)    &name##_module,

MODULES(DECLARE)

const struct module *const modules[] = { MODULES(LIST) NULL };
