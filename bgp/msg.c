/* SPDX-License-Identifier: BSD-2-Clause */
/* msg: the BGP message header and the framer (RFC 4271 sections 4.1 and 6.1). Floor F1.
 *
 *      0                   1                   2
 *      0 ... 15            16      17          18
 *     +-------------------+-------------------+------+
 *     | marker, all ones  | length, in all    | type |
 *     +-------------------+-------------------+------+
 */
#include "bgp/msg.h"

enum { MARKER_LEN = 16, LENGTH_OFF = 16, TYPE_OFF = 18 };

/* Lengths a type allows, header included (RFC 4271 section 6.1); `ext_max` once extended
 * messages are agreed on (RFC 8654 section 4). min == 0: no such type. */
struct msg_limits {
    uint16_t min;
    uint16_t max;
    uint16_t ext_max;
};

static const struct msg_limits limits[] = {
    [BGP_TYPE_OPEN] = {29, BGP_MSG_MAX, BGP_MSG_MAX},
    [BGP_TYPE_UPDATE] = {23, BGP_MSG_MAX, BGP_MSG_EXT_MAX},
    [BGP_TYPE_NOTIFICATION] = {21, BGP_MSG_MAX, BGP_MSG_EXT_MAX},
    [BGP_TYPE_KEEPALIVE] = {BGP_HEADER_LEN, BGP_HEADER_LEN, BGP_HEADER_LEN},
    [BGP_TYPE_ROUTE_REFRESH] = {23, BGP_MSG_MAX, BGP_MSG_EXT_MAX},
    [BGP_TYPE_OPERATIONAL] = {BGP_HEADER_LEN, BGP_MSG_MAX, BGP_MSG_EXT_MAX},
};

static const struct msg_limits unknown = {BGP_HEADER_LEN, BGP_MSG_MAX, BGP_MSG_EXT_MAX};

static const struct msg_limits *limits_of(uint8_t type)
{
    if (type >= sizeof limits / sizeof limits[0] || limits[type].min == 0)
        return &unknown;
    return &limits[type];
}

static int refuse(struct bgp_diag *diag, uint8_t reason, uint32_t off, uint32_t need,
                  uint32_t have)
{
    *diag = (struct bgp_diag){
        .action = BGP_ACTION_SESSION_RESET,
        .reason = reason,
        .off = off,
        .need = need,
        .have = have,
    };
    return -1;
}

/* Checks as much of the marker as is there. */
static int check_marker(const uint8_t *p, size_t len, struct bgp_diag *diag)
{
    static const uint8_t ones[MARKER_LEN] = {255, 255, 255, 255, 255, 255, 255, 255,
                                             255, 255, 255, 255, 255, 255, 255, 255};
    if (len >= MARKER_LEN && memcmp(p, ones, MARKER_LEN) == 0)
        return 0;
    for (uint32_t i = 0; i < len && i < MARKER_LEN; i++) {
        if (p[i] != 0xff)
            return refuse(diag, BGP_REASON_MARKER, i, 0xff, p[i]);
    }
    return 0;
}

/* Checks length and type of a header that is wholly there. The length comes first, as 6.1 has
 * it; only then is the type known to be a type. */
static int check_header(const uint8_t *p, bool ext_msg, uint32_t *msg_len,
                        struct bgp_diag *diag)
{
    struct cur c = cur_at(p + LENGTH_OFF, BGP_HEADER_LEN - LENGTH_OFF, LENGTH_OFF);
    uint16_t len = 0;
    uint8_t type = 0;
    if (!cur_u16(&c, &len) || !cur_u8(&c, &type))
        return refuse(diag, BGP_REASON_TRUNCATED, c.fail_off, c.need, c.left);
    const struct msg_limits *l = limits_of(type);
    uint16_t max = ext_msg ? l->ext_max : l->max;
    if (len < l->min)
        return refuse(diag, BGP_REASON_LENGTH, LENGTH_OFF, l->min, len);
    if (len > max)
        return refuse(diag, BGP_REASON_LENGTH, LENGTH_OFF, max, len);
    if (l == &unknown)
        return refuse(diag, BGP_REASON_TYPE, TYPE_OFF, 0, type);
    *msg_len = len;
    return 0;
}

enum bgp_frame_result bgp_frame_next(const uint8_t *p, size_t len, bool ext_msg,
                                     struct bgp_frame *frame, uint32_t *need,
                                     struct bgp_diag *diag)
{
    uint32_t msg_len = BGP_HEADER_LEN;
    if (check_marker(p, len, diag) != 0)
        return BGP_FRAME_BAD;
    if (len >= BGP_HEADER_LEN && check_header(p, ext_msg, &msg_len, diag) != 0)
        return BGP_FRAME_BAD;
    if (len < msg_len) {
        *need = msg_len;
        return BGP_FRAME_MORE;
    }
    *frame = (struct bgp_frame){.msg = p, .len = msg_len, .type = p[TYPE_OFF]};
    return BGP_FRAME_OK;
}

int bgp_msg_check(const uint8_t *msg, size_t len, struct bgp_diag *diag)
{
    uint32_t msg_len = 0;
    if (check_marker(msg, len, diag) != 0)
        return -1;
    if (len < BGP_HEADER_LEN)
        return refuse(diag, BGP_REASON_TRUNCATED, (uint32_t)len, BGP_HEADER_LEN, (uint32_t)len);
    if (check_header(msg, true, &msg_len, diag) != 0)
        return -1;
    if (msg_len != len)
        return refuse(diag, BGP_REASON_LENGTH, LENGTH_OFF, (uint32_t)len, msg_len);
    return 0;
}
