/* SPDX-License-Identifier: BSD-2-Clause */
/* frames: BGP and BMP messages in a run of octets, and the next one after damage. Floor F4. */
#ifndef RIBTAPE_TOOLS_DECODE_FRAMES_H
#define RIBTAPE_TOOLS_DECODE_FRAMES_H

#include "bgp/msg.h"
#include "bmp/bmp.h"

enum frames_kind { FRAMES_UNKNOWN, FRAMES_BGP, FRAMES_BMP };

enum { FRAMES_MSG_MAX = BMP_MSG_MAX_DEFAULT };

/* Looks for one message at the start of `len` octets. BGP_FRAME_OK with *msg_len; _MORE with
 * *need, at most FRAMES_MSG_MAX; _BAD. A BGP message of an unknown type is a message. */
enum bgp_frame_result frames_next(enum frames_kind kind, const uint8_t *p, size_t len,
                                  uint32_t *msg_len, uint32_t *need);

/* Returns whether octets begin a message, as far as they go: marker, length and type for BGP;
 * for BMP the headers and what its type says of the body. Fewer than FRAMES_LOOK octets can't
 * tell and don't. */
bool frames_believable(enum frames_kind kind, const uint8_t *p, size_t len);

enum { FRAMES_LOOK = 67 }; /* BMP's headers and a BGP header */

/* Tells what begins here, if it is either. */
enum frames_kind frames_tell(const uint8_t *p, size_t len);

/* Returns the offset, from `from` on, of the next believable message; `len` when there is none.
 * The last FRAMES_LOOK octets before `len` may begin one that can't be told yet. */
size_t frames_search(enum frames_kind kind, const uint8_t *p, size_t len, size_t from);

#endif
