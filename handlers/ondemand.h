#ifndef ONDEMAND_H
#define ONDEMAND_H

#include <stdbool.h>

/*
 * Opens the file ondemand.so, without loading it: in the folder of this program,
 * of TENANTRY_LIBEXEC, of an installation that was moved, or the installed one.
 * A process loads it when it first calls one of its functions (http_client.h,
 * mime.h, pdf.h), and so has their libraries, curl, GMime, libxml2 and Pango.
 * The file stays open, so that an upgrade does not change what a running server
 * loads.  False, with a line on stderr, if there is no such file.
 */
bool ondemand_open(void);

#endif
