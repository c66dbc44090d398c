/* SPDX-License-Identifier: BSD-2-Clause */
/* nlri: the table of AFI/SAFIs, and what is the same for all of them. Floor F1.
 *
 * A family is one file in bgp/nlri/ and one row of nlri_map (bgp/nlri.c). Its hooks see the
 * bytes of one NLRI, without path identifier; ADD-PATH (RFC 7911), iteration and the ADD-PATH
 * doubt are here. */
#ifndef RIBTAPE_BGP_NLRI_H
#define RIBTAPE_BGP_NLRI_H

#include "base/emit.h"
#include "base/wr.h"
#include "bgp/ctx.h"
#include "bgp/diag.h"
#include "bgp/iana.h"

enum { NLRI_KEY_MAX = 4096 };

/* Two default routes, or one prefix with bits after its end, are odd enough to doubt the mode.
 */
enum { NLRI_ODD_LIMIT = 2 };

struct nlri_row;

/* One NLRI. `body` is the whole NLRI after the path identifier, its own length field included.
 */
struct nlri {
    const struct nlri_row *row;
    struct cur body;
    uint32_t path_id; /* valid when has_path_id */
    bool has_path_id;
    bool withdraw;
    const struct bgp_ctx *ctx;
};

/* What a hook found wrong; the iterator turns it into a bgp_diag. */
struct nlri_fault {
    uint8_t reason; /* enum bgp_reason */
    uint32_t off;
    uint32_t need;
    uint32_t have;
};

struct nlri_row {
    uint16_t afi;
    uint8_t safi;
    const char *name; /* "ipv4-unicast" */
    const char *rfc;

    /* Consumes one NLRI from `in` and makes `one` a cursor over it. Finds the end; a family
     * whose syntax can be told from its lengths alone checks nothing more. Returns false with
     * *fault. */
    bool (*next)(struct cur *in, struct cur *one, struct nlri_fault *fault);

    /* Decodes one NLRI into named fields of the object that is open in `e`. Returns 0; -1 with
     * *fault: the dispatcher rolls back and emits the bytes as hex; or 1 with *fault when only
     * a part was not understood and is in its place as hex. */
    int (*decode)(const struct nlri *n, struct emit *e, struct nlri_fault *fault);

    /* Writes the canonical key: equal for two announcements of one route (labels out, host bits
     * zero, RFC 7911 path id not included), different otherwise. Returns 0, or -1 when it does
     * not fit or does not parse. NULL: the body is its own key. */
    int (*key)(const struct nlri *n, struct wr *w);

    /* Returns how odd a sound-looking NLRI is, 0: not at all (bits set after a prefix, a
     * default route): what the ADD-PATH doubt weighs. NULL: never odd. */
    unsigned (*odd)(const struct nlri *n);

    /* Octets allowed as MP_REACH next-hop length, zero-terminated (RFC 7606 section 7.11); all
     * zero: any. */
    uint8_t next_hop_lens[6];
};

/* All rows; `bgp_family` numbers index it. */
extern const struct nlri_row nlri_map[];
extern const unsigned nlri_map_cnt;

/* Returns the index of a family in nlri_map, or BGP_FAMILY_NONE. Constant time. */
unsigned nlri_family_index(uint16_t afi, uint8_t safi);

/* The same of what a section's NLRI are by ctx: a family of flow specifications version 2 when
 * an operator gave the SAFI to them, whose number is beyond nlri_map's and good for
 * nlri_row_of and nlri_iter_init alone. */
unsigned nlri_family_of(const struct bgp_ctx *ctx, uint16_t afi, uint8_t safi);

/* Returns the row, never NULL: a family without a row gets one whose only NLRI is all bytes, as
 * hex. */
const struct nlri_row *nlri_row_of(unsigned family);

/* Walks one section of NLRI. */
struct nlri_iter {
    const struct nlri_row *row;
    const struct bgp_ctx *ctx;
    struct cur in;
    bool add_path;
    bool withdraw;
    unsigned odd;            /* how odd the NLRI so far were: nlri_doubtful counts */
    struct nlri_fault fault; /* why nlri_iter_next returned -1 */
};

/* Starts a walk over `section`. ADD-PATH as ctx says for this family. */
void nlri_iter_init(struct nlri_iter *it, unsigned family, const struct bgp_ctx *ctx,
                    struct cur section, bool withdraw);

/* Fetches the next NLRI. Returns 1 with *n, 0 at the end, -1 when the bytes don't parse
 * (it->fault). */
int nlri_iter_next(struct nlri_iter *it, struct nlri *n);

/* Walks the whole section, under the mode of `it`, without a result, and counts it. Returns the
 * number of NLRI, or -1 (it->fault). `it` is taken by value: the caller's iterator does not
 * move. */
long nlri_count(struct nlri_iter it);

/* The ADD-PATH doubt (DESIGN section 4): when the section parses under the other mode only,
 * flips it->add_path and returns true. Does nothing when the context is pinned by an operator.
 * Call before the first next. */
bool nlri_settle_add_path(struct nlri_iter *it);

/* Returns whether the mode needs no doubt: an operator's pin, no bytes, or a family whose bytes
 * nobody understands. */
bool nlri_add_path_certain(const struct nlri_iter *it);

/* Weighs one NLRI that was just fetched from `it`. Returns true when the section now gives
 * reason to ask nlri_settle_add_path. A caller that emits while it goes need not walk a section
 * twice: without doubt, fault of the iterator or of a decoder until the end, settling would
 * have changed nothing. */
bool nlri_doubtful(struct nlri_iter *it, const struct nlri *n);

/* Emits one NLRI as an object under `key`: path_id first, then the family's fields; when the
 * family can't decode it, {"raw":hex} and false with *fault. */
bool nlri_emit(const struct nlri *n, struct emit *e, struct str key, struct nlri_fault *fault);

/* The same into the object that is open, for callers with members of their own to add. */
bool nlri_emit_members(const struct nlri *n, struct emit *e, struct nlri_fault *fault);

/* Emits a section of a family whose NLRI are nothing but a prefix, without path identifiers, in
 * one go. Returns false where that can't be done to the end without fault or doubt: the caller
 * rolls back and takes them one by one. `it` doesn't move. */
bool nlri_emit_prefixes(const struct nlri_iter *it, struct emit *e);

/* Counts such a section. Returns -1 where it can't be done without fault or doubt; else decoding
 * would find nothing wrong with the section. `it` doesn't move. */
long nlri_count_plain(const struct nlri_iter *it);

/* Writes afi, safi and key of one NLRI: what a RIB indexes by (path id not included). Returns 0
 * or -1. */
int nlri_key(const struct nlri *n, struct wr *w);

/* Fills *fault from a cursor that failed. Returns -1 so that decoders can return it. */
int nlri_fault_cur(const struct cur *c, struct nlri_fault *fault);

/* Fills *fault. Returns -1. */
int nlri_fault_at(struct nlri_fault *fault, uint8_t reason, uint32_t off, uint32_t need,
                  uint32_t have);

#endif
