/* SPDX-License-Identifier: BSD-2-Clause */
/* packet_counts: why captured packets were passed over, and how many. Floor F4. */
#ifndef RIBTAPE_TOOLS_PCAP_PACKET_COUNTS_H
#define RIBTAPE_TOOLS_PCAP_PACKET_COUNTS_H

#include <stdint.h>

/* clang-format off */
#define PACKET_WHY_MAP(X)                                                \
    X(LINK_UNKNOWN, "of a link type that is not known")                  \
    X(NO_INTERFACE, "of an interface that is not described")             \
    X(CUT,          "captured too little of")                            \
    X(BROKEN,       "malformed")                                         \
    X(NOT_IP,       "not IP")                                            \
    X(NOT_TCP,      "not TCP")                                           \
    X(FRAGMENT,     "fragments of datagrams that never were whole")      \
    X(OTHER_PORT,   "TCP of other ports")                                \
    X(OTHER_TCP,    "TCP without BGP or BMP")
/* clang-format on */

#define PACKET_ENUM(NAME, text) PACKET_##NAME,
enum packet_why { PACKET_WHY_MAP(PACKET_ENUM) PACKET_WHY_CNT };

struct packet_counts {
    uint64_t all;
    uint64_t over[PACKET_WHY_CNT]; /* passed over */
};

#endif
