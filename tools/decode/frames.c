/* SPDX-License-Identifier: BSD-2-Clause */
/* frames: BGP and BMP messages in a run of octets. Floor F4. */
#include "tools/decode/frames.h"

static enum bgp_frame_result next_bgp(const uint8_t *p, size_t len, uint32_t *msg_len,
                                      uint32_t *need)
{
    struct bgp_frame f;
    struct bgp_diag diag;
    enum bgp_frame_result r = bgp_frame_next(p, len, true, &f, need, &diag);
    if (r == BGP_FRAME_OK)
        *msg_len = f.len;
    if (r != BGP_FRAME_BAD || diag.reason != BGP_REASON_TYPE)
        return r;
    struct cur c = cur_of(p, len);
    uint16_t own = 0;
    if (!cur_skip(&c, 16) || !cur_u16(&c, &own))
        return BGP_FRAME_BAD;
    *msg_len = *need = own;
    return own <= len ? BGP_FRAME_OK : BGP_FRAME_MORE;
}

enum bgp_frame_result frames_next(enum frames_kind kind, const uint8_t *p, size_t len,
                                  uint32_t *msg_len, uint32_t *need)
{
    struct bgp_diag diag;
    if (kind == FRAMES_BGP)
        return next_bgp(p, len, msg_len, need);
    return bmp_frame_next(p, len, FRAMES_MSG_MAX, msg_len, need, &diag);
}

static bool begins_bgp(const uint8_t *p, size_t len)
{
    uint32_t need;
    struct bgp_frame f;
    struct bgp_diag diag;
    if (len < BGP_HEADER_LEN)
        return false;
    return bgp_frame_next(p, len, true, &f, &need, &diag) != BGP_FRAME_BAD;
}

/* Returns whether a message begins `off` octets on. */
static bool bgp_inside(const uint8_t *p, size_t len, size_t off)
{
    return len > off && begins_bgp(p + off, len - off);
}

/* Returns whether TLVs of version 4 (draft-ietf-grow-bmp-tlv: type, length, index, value) may
 * begin here; `msg_left`: octets from here to the message's end. */
static bool tlv_fits(struct cur c, uint32_t msg_left)
{
    enum { TLV_HEADER = 6, TYPES = 64 };
    uint16_t type = 0, len = 0;
    return cur_u16(&c, &type) && cur_u16(&c, &len) && type <= TYPES && msg_left >= TLV_HEADER &&
           len <= msg_left - TLV_HEADER;
}

/* What a BMP message of each type must show after its common header (RFC 7854 section 4). */
static bool body_fits(const struct bmp_msg *m, uint32_t msg_len, const uint8_t *p, size_t len)
{
    enum {
        HEADERS = BMP_HEADER_LEN + BMP_PEER_HEADER_LEN,
        PEER_UP_FIXED = 20,
        RESERVED_FLAGS = 0x0f
    };
    struct cur c = m->body;
    uint16_t type = 0, tlv_len = 0;
    uint8_t reason = 0;
    uint32_t cnt = 0;
    if (m->has_peer && (m->peer.type > BMP_PEER_LOC_RIB || (m->peer.flags & RESERVED_FLAGS)))
        return false;
    switch (m->type) {
    case BMP_TYPE_ROUTE_MONITORING:
        return m->version > BMP_VERSION_MIN
                   ? msg_len >= HEADERS && tlv_fits(c, msg_len - HEADERS)
                   : bgp_inside(p, len, HEADERS);
    case BMP_TYPE_PEER_UP:
        return bgp_inside(p, len, HEADERS + PEER_UP_FIXED);
    case BMP_TYPE_STATISTICS:
        return cur_u32(&c, &cnt) && cnt <= UINT16_MAX / 4;
    case BMP_TYPE_PEER_DOWN:
        return cur_u8(&c, &reason) && reason >= 1 && reason <= 8;
    default: /* TLVs */
        return cur_u16(&c, &type) && cur_u16(&c, &tlv_len) && type <= 64;
    }
}

enum { HEAD_LEN = FRAMES_LOOK + BGP_HEADER_LEN };

/* Parses the headers of a message of which `len` octets are there, maybe not all. */
static bool read_headers(const uint8_t *p, size_t len, uint8_t head[HEAD_LEN], uint32_t *whole,
                         struct bmp_msg *m)
{
    struct cur c = cur_of(p, len);
    struct bgp_diag diag;
    uint32_t msg_len = 0;
    if (!cur_skip(&c, 1) || !cur_u32(&c, &msg_len))
        return false;
    *whole = msg_len;
    /* the parser wants whole messages: show it a short one with the same headers */
    size_t n = len < msg_len ? len : msg_len;
    if (n > HEAD_LEN)
        n = HEAD_LEN;
    struct wr w = wr_of(head, HEAD_LEN);
    wr_bytes(&w, p, 1);
    wr_u32(&w, (uint32_t)n);
    if (n > 5)
        wr_bytes(&w, p + 5, n - 5);
    return bmp_msg_parse(head, n, m, &diag) == 0;
}

static bool begins_bmp(const uint8_t *p, size_t len)
{
    uint8_t head[HEAD_LEN]; /* m borrows it */
    uint32_t msg_len = 0, need;
    struct bgp_diag diag;
    struct bmp_msg m;
    enum bgp_frame_result r = bmp_frame_next(p, len, FRAMES_MSG_MAX, &msg_len, &need, &diag);
    if (len < BMP_HEADER_LEN || r == BGP_FRAME_BAD)
        return false;
    if (!read_headers(p, len, head, &msg_len, &m) || m.type > BMP_TYPE_ROUTE_MIRRORING)
        return false;
    if (len < FRAMES_LOOK && r == BGP_FRAME_MORE)
        return false;
    bool empty = m.body.left == 0 && m.type >= BMP_TYPE_INITIATION;
    return empty || body_fits(&m, msg_len, p, len);
}

bool frames_believable(enum frames_kind kind, const uint8_t *p, size_t len)
{
    return kind == FRAMES_BGP ? begins_bgp(p, len) : begins_bmp(p, len);
}

enum frames_kind frames_tell(const uint8_t *p, size_t len)
{
    if (begins_bgp(p, len))
        return FRAMES_BGP;
    return begins_bmp(p, len) ? FRAMES_BMP : FRAMES_UNKNOWN;
}

size_t frames_search(enum frames_kind kind, const uint8_t *p, size_t len, size_t from)
{
    for (size_t at = from; at < len; at++) {
        if (frames_believable(kind, p + at, len - at))
            return at;
    }
    return len;
}
