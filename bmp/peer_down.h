/* SPDX-License-Identifier: BSD-2-Clause */
/* peer_down: why a monitored session ended (RFC 7854 section 4.9, RFC 9069 section 4.5). Floor
 * F2. */
#ifndef RIBTAPE_BMP_PEER_DOWN_H
#define RIBTAPE_BMP_PEER_DOWN_H

#include "bmp/bmp.h"

/* clang-format off */

/* IANA "BMP Peer Down Reason Codes": code, NAME, text, what follows, source. */
#define BMP_DOWN_MAP(X)                                                                  \
    X(1, LOCAL_NOTIFICATION,  "local-notification",     NOTIFICATION, "RFC 7854")        \
    X(2, LOCAL_FSM,           "local-no-notification",  FSM,          "RFC 7854")        \
    X(3, REMOTE_NOTIFICATION, "remote-notification",    NOTIFICATION, "RFC 7854")        \
    X(4, REMOTE_NO_DATA,      "remote-no-notification", NOTHING,      "RFC 7854")        \
    X(5, DECONFIGURED,        "peer-de-configured",     NOTHING,      "RFC 7854")        \
    X(6, LOCAL_TLV,           "local-system-closed",    TLVS,         "RFC 9069")

#define BMP_ENUM_DOWN(value, NAME, text, what, rfc) BMP_DOWN_##NAME = value,
enum bmp_down { BMP_DOWN_MAP(BMP_ENUM_DOWN) };

/* clang-format on */

/* Returns the reason's name, or NULL. */
const char *bmp_down_name(uint8_t reason);

/* Emits the members: reason, reason_code, and by reason notification (an object as of a
 * NOTIFICATION's record), fsm_event, info TLVs, which in version 4 may
 * follow any reason; bytes that have no place as "data". Problems
 * are NOTEs in diags. */
void bmp_peer_down_emit(const struct bmp_msg *m, struct emit *e, struct bgp_diags *diags);

#endif
