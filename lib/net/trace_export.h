#ifndef TRACE_EXPORT_H
#define TRACE_EXPORT_H

#include <signal.h>
#include <stdbool.h>

struct config;

/*
 * Creates the sockets between a process that forks others and the exporter:
 * spans are sent to sockets[1] by trace_open(), the exporter reads sockets[0].
 * False with errno on an error.
 */
bool trace_export_sockets(int sockets[2]);

/*
 * Sends the spans that arrive at the socket to the collector in
 * OTEL_EXPORTER_OTLP_ENDPOINT (OTLP/HTTP with JSON), until a signal sets
 * *stopping. The caller has blocked the signal, and waiting unblocks it. Spans
 * that the collector refuses are lost and logged.
 */
void trace_export_run(const struct config *, int socket,
    const volatile sig_atomic_t *stopping, const sigset_t *waiting);

#endif
