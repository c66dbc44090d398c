/* SPDX-License-Identifier: BSD-2-Clause */
/* verify_place: where in the files the told differences are. Floor F4.
 *
 * The RIB does not remember from where a route came: the files that can hold it are read again,
 * only when there is something to tell. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "tools/verify/verify.h"

struct place {
    struct verify_pair *pair;
    struct verify_keys wanted; /* index in pair->diff */
    const struct arc_file *file;
    struct bgp_ctx ctx[2][2];
    struct mrt_peers peers;
    uint8_t scratch[MRT_SCRATCH_LEN];
};

static void ignore(void *arg, enum arc_fault fault, const char *path, uint64_t off,
                   const char *text)
{
    (void)arg, (void)fault, (void)path, (void)off, (void)text;
}

/* A dump holds a route once; of updates the last announcement counts. */
static void found(struct place *pl, const struct mrt_item *item, const struct nlri *n)
{
    uint32_t *at = verify_keys_get(&pl->wanted, verify_key(&item->peer, n));
    if (at == NULL)
        return;
    struct verify_diff *d = &pl->pair->diff[*at];
    bool dump = item->kind == MRT_ITEM_RIB;
    if (dump == (d->dump == NULL) || (!dump && item->rec->sec != d->time_s) ||
        (dump && d->path != NULL))
        return;
    d->path = pl->file->path;
    d->off = item->rec->off;
}

static void look_section(struct place *pl, const struct mrt_item *item,
                         const struct bgp_update *u, const struct bgp_section *s)
{
    struct nlri_iter it;
    struct nlri n;
    if (!s->present)
        return;
    nlri_iter_init(&it, s->family, &pl->ctx[item->add_path][item->asn4],
                   bgp_update_cur(u, s->nlri), false);
    (void)nlri_settle_add_path(&it);
    while (nlri_iter_next(&it, &n) > 0)
        found(pl, item, &n);
}

static void look_item(struct place *pl, const struct mrt_item *item)
{
    uint8_t type = 0;
    struct bgp_update u;
    if (item->kind == MRT_ITEM_RIB) {
        struct nlri n = {.row = nlri_row_of(item->rib.family),
                         .body = item->rib.nlri,
                         .path_id = item->rib.path_id,
                         .has_path_id = item->rib.has_path_id,
                         .ctx = &pl->ctx[0][item->asn4]};
        found(pl, item, &n);
    } else if (item->kind == MRT_ITEM_MESSAGE &&
               cur_peek(&item->body, BGP_HEADER_LEN - 1, &type) && type == BGP_TYPE_UPDATE) {
        (void)bgp_update_index(item->body.p, item->body.left,
                               &pl->ctx[item->add_path][item->asn4], &u);
        look_section(pl, item, &u, &u.announced);
        look_section(pl, item, &u, &u.mp_reach);
    }
}

static void look_file(struct place *pl, const struct arc_file *f)
{
    struct arc_in in;
    struct mrt_record rec;
    struct mrt_walk w;
    if (!arc_open(&in, f, ignore, NULL))
        return;
    pl->file = f;
    while (arc_next(&in, &rec) > 0) {
        mrt_walk_init(&w, &rec, &pl->peers, pl->scratch);
        while (mrt_walk_next(&w) > 0)
            look_item(pl, &w.item);
    }
    arc_close(&in);
}

static uint32_t second_of(const struct arc_file *f)
{
    return (uint32_t)(f->time_ns / NS_PER_S);
}

/* Whether an updates file can hold a record of one of the differences: it begins no later, and
 * the next one no earlier. */
static bool may_hold(const struct verify_pair *pair, const struct arc_group *g, size_t at)
{
    uint32_t from = second_of(&g->v[at]), to = UINT32_MAX;
    for (size_t i = at + 1; i < g->cnt && to == UINT32_MAX; i++) {
        if (g->v[i].kind == ARC_UPDATES)
            to = second_of(&g->v[i]);
    }
    for (size_t i = 0; i < pair->diff_cnt; i++) {
        const struct verify_diff *d = &pair->diff[i];
        if (d->dump == NULL && d->time_s + 1 >= from && d->time_s <= to)
            return true;
    }
    return false;
}

void verify_place(const struct verify *v, struct verify_pair *pair)
{
    struct place *pl = pair->diff_cnt > 0 ? calloc(1, sizeof *pl) : NULL;
    (void)v;
    if (pl == NULL)
        return;
    pl->pair = pair;
    for (int i = 0; i < 4; i++) {
        pl->ctx[i / 2][i % 2] = (struct bgp_ctx){.asn4 = i % 2, .ext_msg = true};
        if (i / 2)
            memset(&pl->ctx[1][i % 2].add_path, 0xff, sizeof pl->ctx[1][0].add_path);
    }
    for (size_t i = 0; i < pair->diff_cnt; i++) {
        if (verify_keys_set(&pl->wanted, pair->diff[i].key, (uint32_t)i) != 0)
            break; /* the others are told without place */
    }
    const struct arc_group *g = pair->group;
    for (size_t i = 0; i < g->cnt; i++) {
        bool dump = g->v[i].kind == ARC_DUMP && second_of(&g->v[i]) == pair->time_s;
        if (dump || (g->v[i].kind == ARC_UPDATES && may_hold(pair, g, i)))
            look_file(pl, &g->v[i]);
    }
    verify_keys_free(&pl->wanted);
    mrt_peers_free(&pl->peers);
    free(pl);
}
