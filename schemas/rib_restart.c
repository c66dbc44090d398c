/* SPDX-License-Identifier: BSD-2-Clause */
/* rib_restart: the receiving speaker's part of graceful restart (RFC 4724 section 4.2, RFC 9494
 * section 4.2). Floor F3. */
#include "schemas/rib_restart.h"

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

void rib_restart_open(struct rib_restart *g, bool sent, const uint8_t *msg, uint32_t len)
{
    struct bgp_open o;
    if (bgp_open_index(msg, len, &o) == 0)
        bgp_restart_of(&o, sent ? &g->own : &g->peer);
}

/* A Hard Reset drops everything, whatever was agreed (RFC 8538 section 3.1). */
void rib_restart_notified(struct rib_restart *g, const uint8_t *msg, uint32_t len)
{
    struct cur c = cur_of(msg, len);
    uint8_t code, sub;
    g->notified = true;
    if (cur_skip(&c, BGP_HEADER_LEN) && cur_u8(&c, &code) && cur_u8(&c, &sub))
        g->for_good |= code == BGP_ERROR_CEASE && sub == BGP_CEASE_HARD_RESET;
}

/* ---- stale routes ---- */

static uint32_t drop_stale(struct rib_restart *g, struct rib *r, uint32_t peer, unsigned family)
{
    bgp_family_del(&g->stale, family);
    bgp_family_del(&g->ll_stale, family);
    return rib_sweep(r, peer, family, RIB_MARK_STALE);
}

static bool has_no_llgr(void *arg, struct cur attrs)
{
    struct attr_in a;
    uint32_t c;
    (void)arg;
    while (attr_next(&attrs, &a) > 0) {
        while (a.code == ATTR_COMMUNITIES && cur_u32(&a.value, &c)) {
            if (c == community.NO_LLGR)
                return true;
        }
    }
    return false;
}

static bool is_long_lived(const struct rib_restart *g, unsigned family)
{
    return g->own.long_lived && g->peer.long_lived &&
           bgp_family_has(&g->peer.ll_families, family) && g->peer.ll_time_s[family] > 0;
}

/* Begins the long-lived period (RFC 9494 section 4.2): routes that don't want it go. */
static uint32_t enter_long_lived(struct rib_restart *g, struct rib *r, uint32_t peer,
                                 unsigned family)
{
    bgp_family_add(&g->ll_stale, family);
    g->until_s[family] += g->peer.ll_time_s[family];
    return rib_filter(r, peer, family, has_no_llgr, NULL);
}

/* ---- sessions ---- */

static bool keeps_routes(const struct rib_restart *g)
{
    if (!g->up || !g->own.graceful || !g->peer.graceful || g->for_good)
        return false;
    return !g->notified || (g->own.notification && g->peer.notification);
}

/* Returns whether the family has routes now that are to be kept until until_s. */
static bool begin_stale(struct rib_restart *g, unsigned family, uint32_t time_s)
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

static uint32_t family_down(struct rib_restart *g, struct rib *r, uint32_t peer,
                            unsigned family, uint32_t time_s, bool keep)
{
    uint32_t gone = 0;
    bool was_ll = bgp_family_has(&g->ll_stale, family);
    if (bgp_family_has(&g->stale, family) && !was_ll)
        gone = drop_stale(g, r, peer, family); /* of the session before (RFC 4724, 4.2) */
    if (!keep || rib_peer_family_routes(r, peer, family) == 0 ||
        !begin_stale(g, family, time_s)) {
        bgp_family_del(&g->stale, family);
        bgp_family_del(&g->ll_stale, family);
        return gone + rib_clear(r, peer, family);
    }
    rib_mark(r, peer, family, RIB_MARK_STALE);
    return was_ll ? gone + rib_filter(r, peer, family, has_no_llgr, NULL) : gone;
}

uint32_t rib_restart_down(struct rib_restart *g, struct rib *r, uint32_t peer, uint32_t time_s)
{
    bool keep = keeps_routes(g);
    uint32_t gone = 0;
    for (unsigned f = 0; f < nlri_map_cnt; f++)
        gone += family_down(g, r, peer, f, time_s, keep);
    g->up = g->notified = g->for_good = false;
    return gone + rib_restart_time(g, r, peer, time_s);
}

uint32_t rib_restart_up(struct rib_restart *g, struct rib *r, uint32_t peer, uint32_t time_s)
{
    uint32_t gone = 0;
    bool agreed = g->own.graceful && g->peer.graceful;
    g->up = true;
    g->notified = g->for_good = false;
    for (unsigned f = 0; f < nlri_map_cnt; f++) {
        if (!bgp_family_has(&g->stale, f))
            continue;
        if (!agreed || !bgp_family_has(&g->peer.forwarding, f))
            gone += drop_stale(g, r, peer, f);
        else if (!bgp_family_has(&g->ll_stale, f))
            g->until_s[f] = time_s + RIB_RESTART_SYNC_S;
    }
    return gone;
}

uint32_t rib_restart_eor(struct rib_restart *g, struct rib *r, uint32_t peer, unsigned family)
{
    return bgp_family_has(&g->stale, family) ? drop_stale(g, r, peer, family) : 0;
}

/* ---- time ---- */

static uint32_t family_time(struct rib_restart *g, struct rib *r, uint32_t peer,
                            unsigned family, uint32_t time_s)
{
    uint32_t gone = 0;
    if (!bgp_family_has(&g->stale, family) || g->until_s[family] > time_s)
        return 0;
    if (!g->up && !bgp_family_has(&g->ll_stale, family) && is_long_lived(g, family))
        gone = enter_long_lived(g, r, peer, family);
    return g->until_s[family] > time_s ? gone : gone + drop_stale(g, r, peer, family);
}

uint32_t rib_restart_time(struct rib_restart *g, struct rib *r, uint32_t peer, uint32_t time_s)
{
    uint32_t gone = 0;
    for (unsigned f = 0; f < nlri_map_cnt && rib_restart_keeps(g); f++)
        gone += family_time(g, r, peer, f, time_s);
    return gone;
}

uint32_t rib_restart_due(const struct rib_restart *g)
{
    uint32_t due = UINT32_MAX;
    for (unsigned f = 0; f < nlri_map_cnt && rib_restart_keeps(g); f++) {
        if (bgp_family_has(&g->stale, f) && g->until_s[f] < due)
            due = g->until_s[f];
    }
    return due;
}
