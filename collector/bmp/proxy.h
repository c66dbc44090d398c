/* SPDX-License-Identifier: BSD-2-Clause */
/* proxy: the PROXY protocol's header, by which a load balancer tells who connected to it
 * (HAProxy's "The PROXY protocol", version 2, section 2.2). Floor F4.
 *
 *      0           12  13   14      16
 *     +-----------+---+----+-------+-----------------------------+------+
 *     | signature |v,c|f,p | length| addresses and ports by f,p  | TLVs |
 *     +-----------+---+----+-------+-----------------------------+------+
 */
#ifndef RIBTAPE_COLLECTOR_BMP_PROXY_H
#define RIBTAPE_COLLECTOR_BMP_PROXY_H

#include "base/cur.h"
#include "schemas/track/source.h"

enum {
    PROXY_FIXED_LEN = 16,
    PROXY_HEADER_MAX = 4096, /* octets that are taken; balancers send some hundred */
};

enum proxy_result { PROXY_MORE, PROXY_DONE, PROXY_BAD };

struct proxy_header {
    bool
        named; /* remote and local are given; else (LOCAL, UNSPEC) the connection's own count */
    struct source_addr remote, local;
};

/* Reads a header from its first `len` octets. MORE: *need is how many octets it has in all, as
 * far as is known; never reads beyond the header. DONE: fills *h; TLVs are passed over, but for
 * CRC32C, which must be right. BAD: *why says what is wrong. */
enum proxy_result proxy_parse(const uint8_t *p, size_t len, struct proxy_header *h,
                              size_t *need, const char **why);

#endif
