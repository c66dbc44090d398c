/* SPDX-License-Identifier: BSD-2-Clause */
/* parts: fields that several NLRI families have in common. Floor F1.
 *
 * Readers take a cursor, move it, and return false with *fault filled when the bytes don't do;
 * emitters write one member of the object that is open. */
#ifndef RIBTAPE_BGP_NLRI_PARTS_H
#define RIBTAPE_BGP_NLRI_PARTS_H

#include "bgp/nlri_map.h"

enum {
    NLRI_RD_LEN = 8,
    NLRI_ESI_LEN = 10,
    NLRI_MAC_LEN = 6,
    NLRI_LABEL_LEN = 3,
    NLRI_LABEL_BITS = 24,
    NLRI_RD_BITS = 64,
    /* what a withdrawn route has in place of a label (RFC 8277 section 2.4) */
    NLRI_LABEL_WITHDRAWN = 0x800000,
};

/* An address with its length: 0 octets (absent, a wildcard), 4 or 16. */
struct nlri_addr {
    uint8_t len;
    uint8_t a[16];
};

/* Makes `one` a cursor over an NLRI that starts with a type of `type_len` octets and a length
 * of `len_len` octets that counts what follows it, both included, and moves `in` past it. */
bool nlri_take_typed(struct cur *in, uint32_t type_len, uint32_t len_len, struct cur *one,
                     struct nlri_fault *fault);

/* Reads a length in bits (32, 128, and with `may_lack` 0) and an address of that length. */
bool nlri_read_sized_addr(struct cur *c, bool may_lack, struct nlri_addr *a,
                          struct nlri_fault *fault);

/* Reads an address of 4 or 16 octets which is all that is left. */
bool nlri_read_last_addr(struct cur *c, struct nlri_addr *a, struct nlri_fault *fault);

/* Ends a decoder: 0 when `c` was consumed to its end, -1 with *fault otherwise. */
int nlri_end(const struct cur *c, struct nlri_fault *fault);

/* Ends a decoder whose TLVs went by tlv_emit_all: 0 when `diags` is empty, otherwise 1 with the
 * first of them as *fault: what it is about is there as hex. */
int nlri_end_partial(const struct bgp_diags *diags, struct nlri_fault *fault);

/* Emits an address, or nothing when it is absent. */
void nlri_emit_addr(struct emit *e, struct str key, const struct nlri_addr *a);

/* Emits an Ethernet segment identifier, ten octets, as xx:xx:...:xx. */
void nlri_emit_esi(struct emit *e, const uint8_t *esi);

/* Emits label fields (3 octets each: label 20 bits, TC 3 bits, S 1 bit) as `labels`. `raw`:
 * also the whole 24 bits as `labels_raw`, which tell a VNI (RFC 8365 section 5.1.3) or the
 * transposed bits of an SRv6 SID (RFC 9252 section 4). */
void nlri_emit_labels(struct emit *e, struct cur labels, bool raw);

/* Emits `route_type`, and `route_type_name` when there is one. */
void nlri_emit_route_type(struct emit *e, uint64_t type, const char *name);

#endif
