#ifndef ONDEMAND_H
#define ONDEMAND_H

#include <stdbool.h>

/*
 * Opens the file ondemand.so without loading it. Looks for it in the folder of
 * this program, in TENANTRY_LIBEXEC, in the folder of an installation that was
 * moved, and in the configured folder.
 *
 * A process loads the file when it first calls one of its functions
 * (http_client.h, mime.h, pdf.h). Only then does it load curl, GMime, libxml2
 * and Pango. The file stays open, so that an upgrade does not change what a
 * running server loads. If there is no such file, returns false and reports
 * this on stderr.
 */
bool ondemand_open(void);

#endif
