#ifndef SERVICE_H
#define SERVICE_H

/*
 * The service manager that started this program, such as systemd.  Without one
 * these functions do nothing.
 */

/*
 * The listening socket with this path that the service manager has opened,
 * non-blocking, or -1. It stays open during a restart of the program, so that
 * connections wait instead of being refused.
 */
int service_socket(const char *path);

/* Reports a state, as in "READY=1"; see sd_notify(3). */
void service_notify(const char *state);

/* Reports that the program works, when the service manager expects it. */
void service_alive(void);

#endif
