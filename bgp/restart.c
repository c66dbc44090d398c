/* SPDX-License-Identifier: BSD-2-Clause */
/* restart: the graceful restart capabilities of an OPEN as sets. Floor F1. */
#include "bgp/restart.h"

#include "bgp/caps.h"

enum { GR_NOTIFICATION = 0x4000, GR_TIME = 0x0fff, FAMILY_FORWARDING = 0x80 };

/* Reads <AFI 2, SAFI 1, flags 1>. Returns the family, BGP_FAMILY_NONE for one without a row, or
 * -1 at the end. */
static int read_family(struct cur *c, struct bgp_restart *r)
{
    uint16_t afi;
    uint8_t safi, flags;
    if (c->left == 0 || !cur_u16(c, &afi) || !cur_u8(c, &safi) || !cur_u8(c, &flags))
        return -1;
    unsigned family = nlri_family_index(afi, safi);
    if (family != BGP_FAMILY_NONE && (flags & FAMILY_FORWARDING))
        bgp_family_add(&r->forwarding, family);
    return (int)family;
}

static void read_graceful(struct cur *c, struct bgp_restart *r)
{
    uint16_t head;
    int family;
    if (c->left < 2 || (c->left - 2) % 4 != 0 || !cur_u16(c, &head))
        return;
    r->graceful = true;
    r->notification = (head & GR_NOTIFICATION) != 0;
    r->time_s = head & GR_TIME;
    while ((family = read_family(c, r)) >= 0) {
        if (family != BGP_FAMILY_NONE)
            bgp_family_add(&r->families, (unsigned)family);
    }
}

static void read_long_lived(struct cur *c, struct bgp_restart *r)
{
    uint32_t time_s;
    int family;
    if (c->left % 7 != 0)
        return;
    r->long_lived = true;
    while ((family = read_family(c, r)) >= 0 && cur_u24(c, &time_s)) {
        if (family == BGP_FAMILY_NONE)
            continue;
        bgp_family_add(&r->ll_families, (unsigned)family);
        r->ll_time_s[family] = time_s;
    }
}

void bgp_restart_of(const struct bgp_open *o, struct bgp_restart *r)
{
    *r = (struct bgp_restart){0};
    for (unsigned i = 0; i < o->cap_cnt; i++) {
        struct cur c = cur_at(o->msg + o->cap[i].off, o->cap[i].len, o->cap[i].off);
        if (o->cap[i].code == BGP_CAP_GRACEFUL_RESTART)
            read_graceful(&c, r);
        else if (o->cap[i].code == BGP_CAP_LLGR)
            read_long_lived(&c, r);
    }
    r->long_lived = r->long_lived && r->graceful; /* RFC 9494 section 4.1 */
}
