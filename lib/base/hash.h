#ifndef HASH_H
#define HASH_H

#include <stddef.h>
#include <stdint.h>

/*
 * 64-bit FNV-1a. It does not resist attackers: do not use it for texts chosen
 * by clients where a collision would harm others.
 */
#define HASH_START UINT64_C(0xcbf29ce484222325)

/* These functions add bytes, or a text without its NUL, to a hash. */
uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t len);
uint64_t hash_text(uint64_t hash, const char *text);

#endif
