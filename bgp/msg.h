/* SPDX-License-Identifier: BSD-2-Clause */
/* msg: the BGP message header and the framer (RFC 4271 section 4.1). Floor F1. */
#ifndef RIBTAPE_BGP_MSG_H
#define RIBTAPE_BGP_MSG_H

#include "bgp/ctx.h"
#include "bgp/diag.h"
#include "bgp/iana.h"

enum {
    BGP_HEADER_LEN = 19,
    BGP_MSG_MAX = 4096,
    BGP_MSG_EXT_MAX = 65535, /* RFC 8654 */
};

/* One message as the framer found it: `len` octets at `msg`, header included. */
struct bgp_frame {
    const uint8_t *msg;
    uint32_t len;
    uint8_t type;
};

enum bgp_frame_result {
    BGP_FRAME_OK,   /* one message; move on by frame.len */
    BGP_FRAME_MORE, /* not all of it is there yet: read on (needs *need octets in all) */
    BGP_FRAME_BAD,  /* the stream is lost: *diag says why (RFC 4271 section 6.1) */
};

/* Looks for one message at the start of `len` bytes at `p`. `ext_msg`: whether lengths above
 * 4,096 are allowed (OPEN and KEEPALIVE never, RFC 8654 section 4). With BGP_FRAME_MORE, *need
 * is the octets wanted. */
enum bgp_frame_result bgp_frame_next(const uint8_t *p, size_t len, bool ext_msg,
                                     struct bgp_frame *frame, uint32_t *need,
                                     struct bgp_diag *diag);

/* Checks the header of one whole message of `len` octets whose boundaries something else knows
 * (MRT, BMP): marker, length field against `len`, type. Returns 0, or -1 with *diag. */
MUST_USE int bgp_msg_check(const uint8_t *msg, size_t len, struct bgp_diag *diag);

#endif
