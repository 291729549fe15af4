#ifndef ONDEMAND_H
#define ONDEMAND_H

#include <stdbool.h>

/*
 * Opens the file ondemand.so without loading it. Searches this program's
 * folder, TENANTRY_LIBEXEC, the folder in an installation that was moved, and
 * the configured folder.
 *
 * A process loads the file when it first calls one of its functions
 * (http_client.h, mime.h, pdf.h). Only then are curl, GMime, libxml2 and Pango
 * loaded. The file stays open, so that an upgrade does not change what a
 * running server loads. Reports an error on stderr and returns false if the
 * file is missing.
 */
bool ondemand_open(void);

#endif
