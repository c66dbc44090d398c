/* SPDX-License-Identifier: BSD-2-Clause */
/* rtc: route target membership (RFC 4684 section 4). Floor F1.
 *
 *     +-------------------------------+
 *     | Length (1 octet, bits)        |  0 (the default: all targets), 32 to 96
 *     +-------------------------------+
 *     | Origin AS (4 octets)          |
 *     +-------------------------------+
 *     | Route target (8 octets)       |  as much as the length says
 *     +-------------------------------+
 */
#include "base/fmt.h"
#include "bgp/ext_communities.h"
#include "bgp/nlri/parts.h"

enum { AS_BITS = 32, MEMBERSHIP_BITS = 96 };

struct membership {
    uint8_t bits;
    uint8_t v[MEMBERSHIP_BITS / 8]; /* AS and target, zeroes after the prefix */
};

static bool read_membership(const struct nlri *n, struct membership *m,
                            struct nlri_fault *fault)
{
    struct cur c = n->body;
    uint32_t at = c.off;
    if (!cur_u8(&c, &m->bits))
        return nlri_fault_cur(&c, fault) == 0;
    if (m->bits != 0 && m->bits < AS_BITS) /* the AS can't be cut short */
        return nlri_fault_at(fault, BGP_REASON_PREFIX_LENGTH, at, AS_BITS, m->bits) == 0;
    return nlri_read_addr(&c, m->bits, sizeof m->v, m->v, fault);
}

/* A whole target as an extended community, a shorter one as hex/bits. */
static void emit_target(struct emit *e, const uint8_t *rt, unsigned bits)
{
    char s[EXT_COMMUNITY_TEXT_MAX];
    size_t len;
    if (bits == 8 * EXT_COMMUNITY_LEN) {
        len = ext_community_text(s, rt);
    } else {
        len = fmt_hex(s, rt, (bits + 7) / 8);
        s[len++] = '/';
        len += fmt_u32(s + len, bits);
    }
    emit_ascii(e, KEY("route_target"), s, len);
}

bool nlri_rtc_next(struct cur *in, struct cur *one, struct nlri_fault *fault)
{
    return nlri_take_bits(in, MEMBERSHIP_BITS, one, fault);
}

int nlri_rtc_decode(const struct nlri *n, struct emit *e, struct nlri_fault *fault)
{
    struct membership m;
    if (!read_membership(n, &m, fault))
        return -1;
    if (m.bits == 0) {
        emit_bool(e, KEY("default"), true);
        return 0;
    }
    struct cur as = cur_of(m.v, 4);
    uint32_t asn = 0;
    if (cur_u32(&as, &asn))
        emit_u64(e, KEY("origin_as"), asn);
    if (m.bits > AS_BITS)
        emit_target(e, m.v + 4, m.bits - AS_BITS);
    return 0;
}

int nlri_rtc_key(const struct nlri *n, struct wr *w)
{
    struct membership m;
    struct nlri_fault fault;
    if (!read_membership(n, &m, &fault))
        return -1;
    wr_bytes(w, m.v, sizeof m.v);
    wr_u8(w, m.bits);
    return w->overflow ? -1 : 0;
}

unsigned nlri_rtc_odd(const struct nlri *n)
{
    struct membership m;
    struct nlri_fault fault;
    if (!read_membership(n, &m, &fault))
        return 2;
    return m.bits == 0 ? 1 : 0;
}
