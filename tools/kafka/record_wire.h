/* SPDX-License-Identifier: BSD-2-Clause */
/* record_wire: a record (docs/records.md) as the frame that it may have come from, so that
 * filters and outputs that read octets work on what comes out of Kafka. Floor F4.
 *
 * With `raw` it is that message. Else an UPDATE is made of the members: the attributes of RFC
 * 4271 and 4456 and communities, NLRI that are prefixes; an NLRI of another family is zeros
 * that its family can find the end of, other attributes are missing, and the record is not
 * `whole`. Names, addresses, times and diagnostics are the record's own. */
#ifndef RIBTAPE_TOOLS_KAFKA_RECORD_WIRE_H
#define RIBTAPE_TOOLS_KAFKA_RECORD_WIRE_H

#include "bgp/nlri.h"
#include "schemas/avro/avro_tape.h"
#include "schemas/track/track.h"

/* One route, in the order of the record: of `announce`, then of `withdraw`. */
struct record_wire_route {
    unsigned family;
    uint32_t off, len; /* in struct record_wire's `nlri`, without path id */
    uint32_t path_id;
    bool has_path_id, withdraw;
};

/* Zero at first. What is in it is valid until the next record_wire_make, while the tape is. */
struct record_wire {
    struct track_item item; /* item.bgp: of an `update` or `rib`; with `raw` of any message */
    bool whole;             /* nothing of the message is missing or zeros */
    struct str type;
    struct bgp_diags diags;
    struct buf nlri;                  /* owned */
    struct record_wire_route *routes; /* owned */
    size_t route_cnt;
    /* its own: */
    size_t route_cap;
    struct track_source source;
    struct track_peer peer;
    struct journal_view frame;
    struct bgp_ctx ctx;
    struct buf msg; /* owned */
};

/* Makes *w of a record's token. Returns 0, or -1 when memory runs out. */
MUST_USE int record_wire_make(struct record_wire *w, const struct token *record);

/* Returns a route as filters want it, borrowed from `w`. */
struct nlri record_wire_nlri(const struct record_wire *w, size_t i);

void record_wire_free(struct record_wire *w);

/* ---- between its files ---- */

/* Fills source, peer and diagnostics; w->item is begun. */
void record_wire_who(struct record_wire *w, const struct token *record);

/* Appends the attributes of an object `attrs` with four-octet AS numbers, but for MP_REACH_NLRI
 * and MP_UNREACH_NLRI. `next_hop`: IPv4's, or NULL. Returns whether all are there. */
bool record_wire_attrs(struct wr *w, const struct token *attrs, const struct token *next_hop);

/* Writes an NLRI of the family (BGP_FAMILY_NONE: none that has a row) without path id. Returns
 * whether it is that, not zeros. */
bool record_wire_put_nlri(struct wr *w, unsigned family, const struct token *nlri);

/* Reads the text of an extended community, as ext_community_text writes it, into 8 octets that
 * have that text. Returns whether there are such. */
bool record_wire_ext_community(const char *s, size_t len, uint8_t v[8]);

/* Reads an address into 16 octets. Returns as parse_addr; 0 when the token is no text. */
unsigned record_wire_addr(const struct token *t, uint8_t addr[16]);

/* Returns whether the token is that text. */
bool record_wire_is(const struct token *t, const char *text);

/* Returns the number that the token is; 0: it is none. */
uint64_t record_wire_number(const struct token *t);

/* Writes what a text of hex digits stands for. Returns false when it is none. */
bool record_wire_hex(struct wr *w, const struct token *t);

#endif
