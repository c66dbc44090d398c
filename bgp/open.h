/* SPDX-License-Identifier: BSD-2-Clause */
/* open: OPEN and its capabilities (RFC 4271 section 4.2, RFC 5492, RFC 9072). Floor F1. */
#ifndef RIBTAPE_BGP_OPEN_H
#define RIBTAPE_BGP_OPEN_H

#include "base/emit.h"
#include "base/wr.h"
#include "bgp/msg.h"
#include "bgp/nlri.h"

enum { BGP_AS_TRANS = 23456 };

/* A capability in an indexed OPEN. */
struct bgp_cap {
    uint8_t code;
    uint8_t len;
    uint32_t off; /* of the value, from the message's first octet */
};

enum { BGP_CAPS_MAX = 256 };

struct bgp_open {
    const uint8_t *msg; /* borrowed */
    uint32_t len;
    uint8_t version;
    bool ext_params;    /* RFC 9072 form */
    bool broken;        /* the structure does not parse to its end */
    uint16_t my_as;     /* the two-octet field */
    uint32_t asn;       /* from capability 65 when there, else my_as */
    uint16_t hold_time; /* seconds */
    uint8_t bgp_id[4];
    uint32_t params_off; /* of the optional parameters, 0: the fixed part is not all there */
    uint32_t params_len; /* octets of them that are there */
    uint16_t cap_cnt;
    uint16_t cap_lost; /* capabilities beyond BGP_CAPS_MAX: in the bytes, not in the index */
    struct bgp_cap cap[BGP_CAPS_MAX];
    struct bgp_diags diags;
};

/* Indexes one whole OPEN (`len` octets at `msg`, header included, borrowed while the index
 * lives) and checks the fixed fields (RFC 4271 section 6.2, RFC 6286, RFC 7607) and the syntax
 * of every capability. Returns 0, or -1 when its structure is broken; what parsed is there.
 * o->diags.worst tells whether the RFCs ask for a NOTIFICATION; a capability that its own
 * syntax forbids is a note, as is ignoring it (RFC 5492 section 5). */
int bgp_open_index(const uint8_t *msg, size_t len, struct bgp_open *o);

/* Emits the members of the record's OPEN: version, asn, hold_time, bgp_id, capabilities; my_as
 * when it does not follow from asn, "extended_params" in the form of RFC 9072, "parameters"
 * that are not capabilities, and, when the structure is broken, all parameters as
 * "parameters_raw" hex. */
void bgp_open_emit(const struct bgp_open *o, struct emit *e);

/* What one OPEN says for negotiation, as sets. `add_path_rx`: families for which its sender can
 * receive path identifiers; `_tx`: can send. */
struct bgp_offer {
    bool asn4, ext_msg, route_refresh, enhanced_refresh, graceful_restart;
    struct bgp_family_set
        families; /* rows of nlri_map; RFC 4760: none offered means IPv4 unicast */
    struct bgp_family_set add_path_rx, add_path_tx;
    struct bgp_family_set ext_next_hop;
    struct bgp_family_set multi_label;
};

/* Reads an OPEN's capabilities into an offer. */
void bgp_offer_of(const struct bgp_open *o, struct bgp_offer *offer);

/* Adds one capability's value to an offer. One that its definition forbids adds nothing. */
void bgp_offer_add(struct bgp_offer *offer, uint8_t code, struct cur value);

/* Makes the context for decoding what `from` sends to `to` (RFC 6793, 7911 section 4, 8277
 * section 2.1, 8654, 8950). ebgp when the AS numbers differ. Sets every member; an operator's
 * pins come after. */
void bgp_ctx_negotiate(struct bgp_ctx *ctx, const struct bgp_open *from,
                       const struct bgp_open *to);

/* One row of the capability table. A capability is one line of BGP_CAP_MAP (bgp/caps.h) and,
 * when it has fields, one decoder in bgp/caps/. */
struct cap_row {
    uint8_t code;
    const char *name; /* "multiprotocol" */
    const char *rfc;
    /* Emits the fields of one capability into the object that is open in `e` and consumes
     * `value` to its end (cap_decode checks). Returns 0, or -1 with *fault. NULL: no fields
     * beside code and name; octets there may be are emitted as hex. */
    int (*decode)(struct cur *value, struct emit *e, struct nlri_fault *fault);
};

const struct cap_row *cap_row_of(uint8_t code);
extern const struct cap_row cap_map[];
extern const unsigned cap_map_cnt;

/* Emits the members of one capability (code, name, its fields) into the object that is open in
 * `e`. When its fields don't parse they are rolled back, "value" is hex, and the result is -1
 * with *fault; else 0. An unknown code is legal: code and value. */
int cap_decode(uint8_t code, struct cur value, struct emit *e, struct nlri_fault *fault);

#endif
