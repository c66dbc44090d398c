/* SPDX-License-Identifier: BSD-2-Clause */
/* notify: NOTIFICATION (RFC 4271 section 4.5) and ROUTE-REFRESH (RFC 2918, 7313, 5291). Floor
 * F1. */
#ifndef RIBTAPE_BGP_NOTIFY_H
#define RIBTAPE_BGP_NOTIFY_H

#include "base/emit.h"
#include "bgp/msg.h"
#include "bgp/nlri.h"

/* Error codes (IANA "BGP Error (Notification) Codes"). */
enum bgp_error {
    BGP_ERROR_HEADER = 1,
    BGP_ERROR_OPEN = 2,
    BGP_ERROR_UPDATE = 3,
    BGP_ERROR_HOLD_TIMER = 4,
    BGP_ERROR_FSM = 5,
    BGP_ERROR_CEASE = 6,
    BGP_ERROR_REFRESH = 7,
    BGP_ERROR_SEND_HOLD = 8, /* RFC 9687 */
};

/* Cease sub-codes (RFC 4486, 8538, 9384). */
enum bgp_cease {
    BGP_CEASE_MAX_PREFIXES = 1,
    BGP_CEASE_ADMIN_SHUTDOWN = 2,
    BGP_CEASE_DECONFIGURED = 3,
    BGP_CEASE_ADMIN_RESET = 4,
    BGP_CEASE_REJECTED = 5,
    BGP_CEASE_CONFIG_CHANGE = 6,
    BGP_CEASE_COLLISION = 7,
    BGP_CEASE_RESOURCES = 8,
    BGP_CEASE_HARD_RESET = 9,
    BGP_CEASE_BFD_DOWN = 10,
};

/* Return the registry's name of a code or sub-code, or NULL. */
const char *bgp_error_name(uint8_t code);
const char *bgp_error_sub_name(uint8_t code, uint8_t sub);

/* Emits the members of a NOTIFICATION: code, code_name, subcode, subcode_name, data, and for
 * Cease the shutdown communication (RFC 9003) or the NOTIFICATION inside a hard reset (RFC
 * 8538). `body` is what follows the header. Returns 0, or -1 with *fault. */
int bgp_notification_emit(struct cur body, struct emit *e, struct nlri_fault *fault);

/* Emits the members of a ROUTE-REFRESH: afi, safi, subtype (refresh, borr, eorr, or the
 * number), ORF entries. */
int bgp_refresh_emit(struct cur body, struct emit *e, struct nlri_fault *fault);

#endif
