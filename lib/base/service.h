#ifndef SERVICE_H
#define SERVICE_H

/*
 * Communicates with the service manager that started this program, such as
 * systemd. Without a service manager, these functions do nothing.
 */

/*
 * Returns the non-blocking listening socket with this path that the service
 * manager has opened, or -1. The socket stays open during a restart of the
 * program, so that connections wait instead of being refused.
 */
int service_socket(const char *path);

/* Reports a state, such as "READY=1"; see sd_notify(3). */
void service_notify(const char *state);

/* Notifies the watchdog of the service manager, if a notification is due. */
void service_alive(void);

#endif
