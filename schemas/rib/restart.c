/* SPDX-License-Identifier: BSD-2-Clause */
/* restart: the receiving speaker's part of graceful restart (RFC 4724 section 4.2, RFC 9494
 * section 4.2). Floor F3. */
#include "schemas/rib/restart.h"

#include "bgp/attr.h"
#include "bgp/attr_map.h"
#include "bgp/communities.h"
#include "bgp/nlri_map.h"
#include "bgp/notify.h"

#define COMMUNITY_MEMBER(value, NAME, text, rfc) uint32_t NAME;
#define COMMUNITY_VALUE(value, NAME, text, rfc)  .NAME = value,
static const struct {
    COMMUNITY_MAP(COMMUNITY_MEMBER)
} community = {COMMUNITY_MAP(COMMUNITY_VALUE)};

void restart_open(struct restart *g, bool sent, const uint8_t *msg, uint32_t len)
{
    struct bgp_open o;
    if (bgp_open_index(msg, len, &o) == 0)
        bgp_restart_of(&o, sent ? &g->own : &g->peer);
}

/* A Hard Reset drops everything, whatever was agreed (RFC 8538 section 3.1). */
void restart_notified(struct restart *g, const uint8_t *msg, uint32_t len)
{
    struct cur c = cur_of(msg, len);
    uint8_t code, sub;
    g->notified = true;
    if (cur_skip(&c, BGP_HEADER_LEN) && cur_u8(&c, &code) && cur_u8(&c, &sub))
        g->for_good |= code == BGP_ERROR_CEASE && sub == BGP_CEASE_HARD_RESET;
}

/* ---- stale routes ---- */

bool restart_is_short(struct cur attrs)
{
    struct attr_in a;
    uint32_t c;
    while (attr_next(&attrs, &a) > 0) {
        while (a.code == ATTR_COMMUNITIES && cur_u32(&a.value, &c)) {
            if (c == community.NO_LLGR)
                return true;
        }
    }
    return false;
}

static void forget_stale(struct restart *g, unsigned family)
{
    bgp_family_del(&g->stale, family);
    bgp_family_del(&g->ll_stale, family);
}

static void drop_stale(struct restart *g, const struct restart_routes *r, unsigned family)
{
    forget_stale(g, family);
    r->end_stale(r->arg, family);
    if (!g->up)
        bgp_family_del(&g->held, family);
}

static bool is_long_lived(const struct restart *g, unsigned family)
{
    return g->own.long_lived && g->peer.long_lived &&
           bgp_family_has(&g->peer.ll_families, family) && g->peer.ll_time_s[family] > 0;
}

/* Begins the long-lived period (RFC 9494 section 4.2): routes that don't want it go. */
static void enter_long_lived(struct restart *g, const struct restart_routes *r, unsigned family)
{
    bgp_family_add(&g->ll_stale, family);
    g->until_s[family] += g->peer.ll_time_s[family];
    r->end_short(r->arg, family);
}

/* ---- sessions ---- */

static bool keeps_routes(const struct restart *g)
{
    if (!g->up || !g->own.graceful || !g->peer.graceful || g->for_good)
        return false;
    return !g->notified || (g->own.notification && g->peer.notification);
}

/* Returns whether the family has routes now that are to be kept until until_s. */
static bool begin_stale(struct restart *g, unsigned family, uint32_t time_s)
{
    bool graceful = bgp_family_has(&g->peer.families, family);
    if (!graceful && !is_long_lived(g, family))
        return false;
    /* the long-lived time runs on over sessions that end before End-of-RIB */
    if (!bgp_family_has(&g->ll_stale, family))
        g->until_s[family] = time_s + (graceful ? g->peer.time_s : 0);
    bgp_family_add(&g->stale, family);
    return true;
}

static void family_down(struct restart *g, const struct restart_routes *r, unsigned family,
                        uint32_t time_s, bool keep)
{
    bool was_ll = bgp_family_has(&g->ll_stale, family);
    if (bgp_family_has(&g->stale, family) && !was_ll)
        drop_stale(g, r, family); /* of the session before (RFC 4724, 4.2) */
    bool held = bgp_family_has(&g->held, family);
    if (!keep || !held || !begin_stale(g, family, time_s)) {
        forget_stale(g, family);
        r->end_all(r->arg, family);
        bgp_family_del(&g->held, family);
        return;
    }
    r->keep(r->arg, family);
    if (was_ll)
        r->end_short(r->arg, family);
}

void restart_down(struct restart *g, const struct restart_routes *r, uint32_t time_s)
{
    bool keep = keeps_routes(g);
    for (unsigned f = 0; f < nlri_map_cnt; f++)
        family_down(g, r, f, time_s, keep);
    g->up = g->notified = g->for_good = false;
    restart_time(g, r, time_s);
}

void restart_up(struct restart *g, const struct restart_routes *r, uint32_t time_s)
{
    bool agreed = g->own.graceful && g->peer.graceful;
    g->up = true;
    g->notified = g->for_good = false;
    for (unsigned f = 0; f < nlri_map_cnt; f++) {
        if (!bgp_family_has(&g->stale, f))
            continue;
        if (!agreed || !bgp_family_has(&g->peer.forwarding, f))
            drop_stale(g, r, f);
        else if (!bgp_family_has(&g->ll_stale, f))
            g->until_s[f] = time_s + RESTART_SYNC_S;
    }
    g->held = g->stale;
}

void restart_eor(struct restart *g, const struct restart_routes *r, unsigned family)
{
    if (bgp_family_has(&g->stale, family))
        drop_stale(g, r, family);
}

/* ---- time ---- */

static void family_time(struct restart *g, const struct restart_routes *r, unsigned family,
                        uint32_t time_s)
{
    if (!bgp_family_has(&g->stale, family) || g->until_s[family] > time_s)
        return;
    if (!g->up && !bgp_family_has(&g->ll_stale, family) && is_long_lived(g, family))
        enter_long_lived(g, r, family);
    if (g->until_s[family] <= time_s)
        drop_stale(g, r, family);
}

void restart_time(struct restart *g, const struct restart_routes *r, uint32_t time_s)
{
    for (unsigned f = 0; f < nlri_map_cnt && restart_keeps(g); f++)
        family_time(g, r, f, time_s);
}

uint32_t restart_due(const struct restart *g)
{
    uint32_t due = UINT32_MAX;
    for (unsigned f = 0; f < nlri_map_cnt && restart_keeps(g); f++) {
        if (bgp_family_has(&g->stale, f) && g->until_s[f] < due)
            due = g->until_s[f];
    }
    return due;
}
