/* SPDX-License-Identifier: BSD-2-Clause */
/* communities: IANA "BGP Well-known Communities". Floor F1. */
#ifndef RIBTAPE_BGP_COMMUNITIES_H
#define RIBTAPE_BGP_COMMUNITIES_H

#include <stddef.h>
#include <stdint.h>

/* clang-format off */
#define COMMUNITY_MAP(X)                                                                  \
    X(0xffff0000u, GRACEFUL_SHUTDOWN,          "graceful-shutdown",          "RFC 8326")  \
    X(0xffff0001u, ACCEPT_OWN,                 "accept-own",                 "RFC 7611")  \
    X(0xffff0002u, ROUTE_FILTER_TRANSLATED_V4, "route-filter-translated-v4", "draft-l3vpn-legacy-rtc") \
    X(0xffff0003u, ROUTE_FILTER_V4,            "route-filter-v4",            "draft-l3vpn-legacy-rtc") \
    X(0xffff0004u, ROUTE_FILTER_TRANSLATED_V6, "route-filter-translated-v6", "draft-l3vpn-legacy-rtc") \
    X(0xffff0005u, ROUTE_FILTER_V6,            "route-filter-v6",            "draft-l3vpn-legacy-rtc") \
    X(0xffff0006u, LLGR_STALE,                 "llgr-stale",                 "RFC 9494")  \
    X(0xffff0007u, NO_LLGR,                    "no-llgr",                    "RFC 9494")  \
    X(0xffff0008u, ACCEPT_OWN_NEXTHOP,         "accept-own-nexthop",         "draft-agrewal-idr-accept-own-nexthop") \
    X(0xffff0009u, STANDBY_PE,                 "standby-pe",                 "RFC 9026")  \
    X(0xffff029au, BLACKHOLE,                  "blackhole",                  "RFC 7999")  \
    X(0xffffff01u, NO_EXPORT,                  "no-export",                  "RFC 1997")  \
    X(0xffffff02u, NO_ADVERTISE,               "no-advertise",               "RFC 1997")  \
    X(0xffffff03u, NO_EXPORT_SUBCONFED,        "no-export-subconfed",        "RFC 1997")  \
    X(0xffffff04u, NOPEER,                     "nopeer",                     "RFC 3765")
/* clang-format on */

enum { COMMUNITY_TEXT_MAX = 48 }; /* room for a name, or for two numbers */

/* Writes a community, four octets at `item`, as its name or `a:b`. An emit_fmt: takes
 * COMMUNITY_TEXT_MAX octets of room, returns how many it used. */
size_t community_text(char *dst, const void *item);

/* Returns the registered name of a community, or NULL. */
const char *community_name(uint32_t v);

#endif
