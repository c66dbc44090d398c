/* SPDX-License-Identifier: BSD-2-Clause */
/* addr: a source_addr to and from the kernel's forms and text. Floor F4. */
#ifndef RIBTAPE_COLLECTOR_SHARD_ADDR_H
#define RIBTAPE_COLLECTOR_SHARD_ADDR_H

#include <sys/socket.h>

#include "schemas/track/source.h"

enum { ADDR_TEXT_MAX = 64 };

/* Fills `ss` and returns its length in octets; 0 when `a` holds no address. */
socklen_t addr_to_sockaddr(const struct source_addr *a, struct sockaddr_storage *ss);

/* Reads the kernel's form. A family that is neither IPv4 nor IPv6 gives a->len 0. */
void addr_of_sockaddr(struct source_addr *a, const struct sockaddr_storage *ss);

/* Returns whether two addresses are equal, ports not compared. */
bool addr_same_host(const struct source_addr *a, const struct source_addr *b);

/* Returns whether address and port are equal. */
bool addr_same(const struct source_addr *a, const struct source_addr *b);

/* Writes the address without its port, NUL-terminated; returns `dst`. */
const char *addr_text(const struct source_addr *a, char dst[ADDR_TEXT_MAX]);

/* Writes `192.0.2.1:179` or `[2001:db8::1]:179`, NUL-terminated; returns `dst`. */
const char *addr_port_text(const struct source_addr *a, char dst[ADDR_TEXT_MAX]);

/* Writes why an address can't be listened on (`error`: errno), and what to do about it where that
 * is known: `WHATlisten on ADDRESS: reason`. */
void addr_explain_listen(const struct source_addr *at, const char *what, int error, char *err,
                         size_t err_len);

#endif
