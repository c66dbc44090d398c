/* SPDX-License-Identifier: BSD-2-Clause */
/* tls: BMP over TLS (draft-hmntsharma-grow-bmp-over-tls; TLS 1.2 and 1.3 by RFC 9325). Floor
 * F4.
 *
 * OpenSSL on non-blocking sockets that the shard's loop watches: decrypted octets land where
 * read(2) would have put them, so TLS costs no copy more. A setup is loaded from the files that
 * a configuration names and never changes; a reload makes a new one, connections keep theirs.
 * Belongs to one shard's thread. */
#ifndef RIBTAPE_COLLECTOR_BMP_TLS_H
#define RIBTAPE_COLLECTOR_BMP_TLS_H

#include <sys/types.h>

#include "collector/config/config.h"

enum { TLS_WHY_MAX = 128, TLS_TEXT_MAX = 256 };

struct tls_setup; /* certificates and rules */
struct tls;       /* one connection */

/* Loads what the configuration's listeners and dial-outs need. Returns a setup to be freed, or
 * NULL with a reason that names option and file in err. */
struct tls_setup *tls_setup_new(const struct config *cfg, char *err, size_t err_len);
void tls_setup_free(struct tls_setup *s); /* s may be NULL */

/* Begin a handshake on a connected non-blocking socket, which stays the caller's: as server,
 * with a certificate name that the router must prove (NULL or "": any), or as client towards
 * `addr`, whose certificate must be for `name` or, when that is empty, for the address. NULL
 * when memory runs out or the setup has no certificate for it. */
struct tls *tls_serve(const struct tls_setup *s, int fd, const char *name);
struct tls *tls_dial(const struct tls_setup *s, int fd, const char *name,
                     const struct source_addr *addr);

enum tls_step { TLS_DONE, TLS_WANT_READ, TLS_WANT_WRITE, TLS_FAILED };

/* Goes on with the handshake; FAILED: tls_why says why. */
enum tls_step tls_handshake(struct tls *t);

/* As read(2): octets read, 0 at the end (the far end said so), -1 with errno, EPROTO when
 * tls_why says more. Fills `room` as far as octets are there. */
ssize_t tls_read(struct tls *t, void *p, size_t room);

/* Returns whether octets, or the end, wait inside that the socket will not announce. */
bool tls_pending(const struct tls *t);

/* Returns what failed, in OpenSSL's words; valid until the next call. */
const char *tls_why(const struct tls *t);

/* Writes version, cipher suite and the far end's subject as text with a NUL; returns dst. */
const char *tls_describe(const struct tls *t, char dst[TLS_TEXT_MAX]);

/* Says goodbye (as far as the socket takes it) and frees; the socket stays open. */
void tls_free(struct tls *t); /* t may be NULL */

#endif
