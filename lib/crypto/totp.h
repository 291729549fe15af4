#ifndef TOTP_H
#define TOTP_H

#include <time.h>

struct arena;

/*
 * Codes for authenticator apps (RFC 6238): six digits, HMAC-SHA1 and 30-second
 * steps. The bytes of a secret are the key. An imported secret has the form
 * "base32:KEY".
 */

/*
 * Returns the code's time step if it is the current, the previous or the next
 * step, and 0 otherwise.
 */
long long totp_step(
    struct arena *, const char *secret, const char *code, time_t now);

/* Returns the current step's code, or NULL if the key cannot be decoded. */
const char *totp_code(struct arena *, const char *secret, time_t now);

/*
 * Returns the otpauth://totp/ URI that an authenticator app reads as a QR code.
 */
const char *totp_uri(struct arena *, const char *secret, const char *issuer,
    const char *account);

#endif
