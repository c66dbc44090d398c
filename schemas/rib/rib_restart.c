/* SPDX-License-Identifier: BSD-2-Clause */
/* rib_restart: stale routes are marked, and swept. Floor F3. */
#include "schemas/rib/rib_restart.h"

/* One peer's routes, and how many of them went. */
struct routes {
    struct rib *rib;
    uint32_t peer, gone;
};

static void keep(void *arg, unsigned family)
{
    const struct routes *t = arg;
    rib_mark(t->rib, t->peer, family, RIB_MARK_STALE);
}

static void end_stale(void *arg, unsigned family)
{
    struct routes *t = arg;
    t->gone += rib_sweep(t->rib, t->peer, family, RIB_MARK_STALE);
}

static bool is_short(void *arg, struct cur attrs)
{
    (void)arg;
    return restart_is_short(attrs);
}

static void end_short(void *arg, unsigned family)
{
    struct routes *t = arg;
    t->gone += rib_filter(t->rib, t->peer, family, is_short, NULL);
}

static void end_all(void *arg, unsigned family)
{
    struct routes *t = arg;
    t->gone += rib_clear(t->rib, t->peer, family);
}

static struct restart_routes routes_of(struct routes *t)
{
    return (struct restart_routes){t, keep, end_stale, end_short, end_all};
}

uint32_t rib_restart_up(struct restart *g, struct rib *r, uint32_t peer, uint32_t time_s)
{
    struct routes t = {.rib = r, .peer = peer};
    const struct restart_routes routes = routes_of(&t);
    restart_up(g, &routes, time_s);
    return t.gone;
}

uint32_t rib_restart_eor(struct restart *g, struct rib *r, uint32_t peer, unsigned family)
{
    struct routes t = {.rib = r, .peer = peer};
    const struct restart_routes routes = routes_of(&t);
    restart_eor(g, &routes, family);
    return t.gone;
}

uint32_t rib_restart_down(struct restart *g, struct rib *r, uint32_t peer, uint32_t time_s)
{
    struct routes t = {.rib = r, .peer = peer};
    const struct restart_routes routes = routes_of(&t);
    for (unsigned f = 0; f < nlri_map_cnt; f++) {
        if (rib_peer_family_routes(r, peer, f) > 0) /* a dump may have brought them */
            restart_hold(g, f);
    }
    restart_down(g, &routes, time_s);
    return t.gone;
}

uint32_t rib_restart_time(struct restart *g, struct rib *r, uint32_t peer, uint32_t time_s)
{
    struct routes t = {.rib = r, .peer = peer};
    const struct restart_routes routes = routes_of(&t);
    restart_time(g, &routes, time_s);
    return t.gone;
}
