#ifndef TOTP_H
#define TOTP_H

#include <time.h>

struct arena;

/*
 * Codes of an authenticator (RFC 6238): six digits of HMAC-SHA1, 30 seconds a
 * step.  The bytes of a secret are the key itself; "base32:" and a key in
 * base32 is a secret that was made elsewhere.
 */

/*
 * The step that the code is of: the present one, the one before or the one
 * after; 0 when it is of none.
 */
long long totp_step(
    struct arena *, const char *secret, const char *code, time_t now);

/* otpauth://totp/..., what the authenticator reads as a QR code. */
const char *totp_uri(struct arena *, const char *secret, const char *issuer,
    const char *account);

#endif
