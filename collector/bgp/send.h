/* SPDX-License-Identifier: BSD-2-Clause */
/* send: the messages that the daemon can encode: KEEPALIVE and NOTIFICATION here, OPEN in
 * answer.h. There is no other encoder: the daemon can't announce a route. Floor F4. */
#ifndef RIBTAPE_COLLECTOR_BGP_SEND_H
#define RIBTAPE_COLLECTOR_BGP_SEND_H

#include <stddef.h>
#include <stdint.h>

#include "base/wr.h"

enum { SEND_NOTIFICATION_MAX = 19 + 2 + 256 };

/* What a NOTIFICATION says (RFC 4271 section 4.5). */
struct send_error {
    uint8_t code;
    uint8_t sub;
    uint8_t data_len; /* octets */
    uint8_t data[255];
};

/* Writes marker, length and type of a message of `len` octets in all. */
void send_header(struct wr *w, uint16_t len, uint8_t type);

/* Writes a KEEPALIVE: 19 octets. */
void send_keepalive(struct wr *w);

/* Writes a NOTIFICATION. */
void send_notification(struct wr *w, const struct send_error *e);

/* Makes the Cease that tells why we stop: `sub` one of enum bgp_cease, `message` the shutdown
 * communication (RFC 9003), UTF-8, cut at 254 octets on a character's boundary; NULL: none. */
struct send_error send_cease(uint8_t sub, const char *message);

#endif
