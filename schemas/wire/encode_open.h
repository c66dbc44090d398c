/* SPDX-License-Identifier: BSD-2-Clause */
/* encode_open: OPENs of made-up and replayed speakers (RFC 4271 section 4.2, RFC 5492, 9072).
 * Floor F3. */
#ifndef RIBTAPE_SCHEMAS_WIRE_ENCODE_OPEN_H
#define RIBTAPE_SCHEMAS_WIRE_ENCODE_OPEN_H

#include "base/wr.h"
#include "bgp/open.h"

/* What an OPEN says. Sets are of rows of nlri_map. */
struct encode_open {
    uint32_t asn;
    uint8_t bgp_id[4];
    uint16_t hold_time_s;
    bool asn4, ext_msg;
    struct bgp_family_set families;
    struct bgp_family_set add_path_tx, add_path_rx;
    struct bgp_family_set ext_next_hop; /* IPv4 families with IPv6 next hops (RFC 8950) */
    struct bgp_family_set multi_label;
    const struct bgp_open *like; /* an OPEN whose words about the speaker itself (host name,
                                    software, role) are repeated; may be NULL */
};

/* Writes a message's header and returns where it begins; encode_end fills in its length. */
size_t encode_begin(struct wr *w, uint8_t type);
void encode_end(struct wr *w, size_t start);

/* Writes the whole message; in the form of RFC 9072 when the capabilities need it. w->overflow
 * when it does not fit. */
void encode_open_message(struct wr *w, const struct encode_open *o);

#endif
