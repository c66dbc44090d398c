/* SPDX-License-Identifier: BSD-2-Clause */
/* restart: what an OPEN says of the routes that its sender leaves behind (RFC 4724, 8538,
 * 9494). Floor F1. */
#ifndef RIBTAPE_BGP_RESTART_H
#define RIBTAPE_BGP_RESTART_H

#include "bgp/open.h"

struct bgp_restart {
    bool graceful;     /* the capability is there (RFC 4724 section 3) */
    bool notification; /* N: a NOTIFICATION is no reason to drop routes (RFC 8538 section 2) */
    bool long_lived;   /* RFC 9494 section 3.1 */
    uint16_t time_s;   /* until it wants to be back, 0 to 4095 */
    struct bgp_family_set families;   /* graceful restart is meant for them */
    struct bgp_family_set forwarding; /* F: it went on forwarding, by either capability */
    struct bgp_family_set ll_families;
    uint32_t ll_time_s[BGP_FAMILIES_MAX]; /* of ll_families: long-lived stale time */
};

/* Reads an OPEN's capabilities. One that its definition forbids says nothing. */
void bgp_restart_of(const struct bgp_open *o, struct bgp_restart *r);

#endif
