#ifndef TRACE_EXPORT_H
#define TRACE_EXPORT_H

#include <signal.h>
#include <stdbool.h>

struct config;

/*
 * Creates the two sockets that connect a program's processes to the exporter.
 * Pass sockets[1] to trace_open(), which sends spans to it, and sockets[0] to
 * the exporter. On an error, returns false and sets errno.
 */
bool trace_export_sockets(int sockets[2]);

/*
 * Sends the spans that arrive at the socket to the collector at
 * OTEL_EXPORTER_OTLP_ENDPOINT (OTLP/HTTP with JSON), until a signal sets
 * *stopping. The caller has blocked the signal, and waiting unblocks it. Spans
 * that the collector refuses are lost and logged.
 */
void trace_export_run(const struct config *, int socket,
    const volatile sig_atomic_t *stopping, const sigset_t *waiting);

#endif
