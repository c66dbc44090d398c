/* SPDX-License-Identifier: BSD-2-Clause */
/* openbmp_int: what schemas/foreign/openbmp*.c share. Floor F3. */
#ifndef RIBTAPE_SCHEMAS_FOREIGN_OPENBMP_INT_H
#define RIBTAPE_SCHEMAS_FOREIGN_OPENBMP_INT_H

#include "base/md5.h"
#include "schemas/foreign/openbmp.h"
#include "schemas/track/table.h"
#include "schemas/wire/encode_bmp.h"

enum { OPENBMP_NAME_MAX = 255, OPENBMP_OPEN_MAX = 4096 };

struct openbmp {
    char admin_id[OPENBMP_NAME_MAX + 1];
    uint8_t collector_hash[MD5_LEN];
    uint64_t key[2];
    struct table table; /* what was said in a stream of its own (openbmp_own.c) */
    void (*end)(void *arg); /* after each message; may be NULL */
    void *arg;
    struct source_addr hashed; /* the router of the last message, and its hash */
    uint8_t router_hash[MD5_LEN];
};

/* One message to be wrapped. */
struct openbmp_wrap {
    struct openbmp *o;
    struct buf *out;
    struct source_addr router;
    const char *group; /* the router's name, "" for none */
    uint64_t time_ns;
    struct encode_bmp_peer peer;
    uint32_t local_asn; /* 0: not known */
    const struct bgp_ctx *ctx;
    struct cur open[2]; /* received, sent; empty: not seen */
    struct openbmp_said said;
    unsigned cnt; /* messages written */
};

/* Returns how an UPDATE, NOTIFICATION or state of a session's peer is wrapped, without OPENs. */
struct openbmp_wrap openbmp_wrap_of(struct openbmp *o, struct buf *out,
                                    const struct track_peer *p, uint64_t time_ns);

/* Whether the peer was said to be up, last. */
bool openbmp_is_up(const struct openbmp_said *said);

/* Write what a message, a route's UPDATE, or a change of the session's state comes to. */
void openbmp_take_message(struct openbmp_wrap *w, bool sent, struct cur msg);
void openbmp_put_route(struct openbmp_wrap *w, bool sent, struct cur update);
void openbmp_take_state(struct openbmp_wrap *w, unsigned from, unsigned to);

#endif
