/* SPDX-License-Identifier: BSD-2-Clause */
/* source: what the journal knows of one connection, as JOURNAL_SOURCE's payload. Floor F3.
 *
 * A source is one TCP connection's life: a BGP session attempt or a BMP stream. A reconnect is
 * a new source. Text payload would invite parsing; the payload is a sequence of {type u8,
 * length u16, value}, unknown types skipped, so that newer journals stay readable. */
#ifndef RIBTAPE_SCHEMAS_SOURCE_H
#define RIBTAPE_SCHEMAS_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cur.h"
#include "base/wr.h"

enum source_kind { SOURCE_BGP = 1, SOURCE_BMP = 2 };

enum { SOURCE_NAME_MAX = 63, SOURCE_PAYLOAD_MAX = 512 };

struct source_addr {
    uint8_t len; /* 4 or 16; 0: none */
    uint8_t a[16];
    uint16_t port;
};

/* How an operator pinned the decoding of a peer. */
enum source_pin { SOURCE_PIN_NONE, SOURCE_PIN_OFF, SOURCE_PIN_ON };

struct source_info {
    enum source_kind kind;
    struct source_addr remote; /* the peer's or the router's */
    struct source_addr local;
    uint32_t local_asn;             /* ours on this session; 0: not known yet */
    uint32_t remote_asn;            /* 0: not known yet */
    char name[SOURCE_NAME_MAX + 1]; /* configured name, or "" */
    enum source_pin pin_asn4;
    enum source_pin pin_add_path;
};

/* Writes the payload. Sets w->overflow when it does not fit. */
void source_encode(const struct source_info *s, struct wr *w);

/* Reads a payload. Returns 0, or -1 when it does not parse. */
MUST_USE int source_decode(const uint8_t *p, size_t len, struct source_info *s);

#endif
