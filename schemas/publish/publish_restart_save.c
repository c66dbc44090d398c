/* SPDX-License-Identifier: BSD-2-Clause */
/* publish_restart_save: checkpoints of what sessions left behind, and of what may be. Floor F3.
 *
 * Saved: u64 hash of the counter, u8 over, u8 and u8 flags of own and peer, u16 restart time,
 * u8 flags of the session, u32 shard, u8 families: u16 AFI, u8 SAFI, u8 flags, u32 long-lived
 * time, u32 until; u16 length and who; per topic, in u64, the floor and what is before the
 * session. */
#include <stdlib.h>
#include <string.h>

#include "base/wr.h"
#include "schemas/publish/publish_int.h"

enum {
    OPEN_GRACEFUL = 1,
    OPEN_NOTIFICATION = 2,
    OPEN_LONG_LIVED = 4,
    IS_UP = 1,
    IS_NOTIFIED = 2,
    IS_FOR_GOOD = 4,
    FAMILY_LEN = 2 + 1 + 1 + 4 + 4,
    HEAD_LEN = 8 + 1 + 1 + 1 + 2 + 1 + 4 + 1,
};

/* A family's flags, and the set that each stands for. */
#define FAMILY_SETS(X)                                                                         \
    X(1, g.peer.families)                                                                      \
    X(2, g.peer.forwarding)                                                                    \
    X(4, g.peer.ll_families)                                                                   \
    X(8, g.stale)                                                                              \
    X(16, g.ll_stale)                                                                          \
    X(32, g.held)

static uint8_t flags_of(const struct publish_restart *r, unsigned family)
{
    uint8_t flags = 0;
#define GET(bit, set) flags |= bgp_family_has(&r->set, family) ? bit : 0;
    FAMILY_SETS(GET)
#undef GET
    return flags;
}

static void set_flags(struct publish_restart *r, unsigned family, uint8_t flags)
{
#define SET(bit, set)                                                                          \
    if (flags & bit)                                                                           \
        bgp_family_add(&r->set, family);
    FAMILY_SETS(SET)
#undef SET
}

static uint8_t open_flags(const struct bgp_restart *o)
{
    return (uint8_t)((o->graceful ? OPEN_GRACEFUL : 0) |
                     (o->notification ? OPEN_NOTIFICATION : 0) |
                     (o->long_lived ? OPEN_LONG_LIVED : 0));
}

static void set_open_flags(struct bgp_restart *o, uint8_t flags)
{
    o->graceful = flags & OPEN_GRACEFUL;
    o->notification = flags & OPEN_NOTIFICATION;
    o->long_lived = flags & OPEN_LONG_LIVED;
}

static void save_families(const struct publish_restart *r, struct wr *w)
{
    size_t cnt = wr_mark_u8(w);
    for (unsigned f = 0; f < nlri_map_cnt; f++) {
        uint8_t flags = flags_of(r, f);
        if (flags == 0)
            continue;
        wr_u16(w, nlri_row_of(f)->afi);
        wr_u8(w, nlri_row_of(f)->safi);
        wr_u8(w, flags);
        wr_u32(w, r->g.peer.ll_time_s[f]);
        wr_u32(w, r->g.until_s[f]);
        w->buf[cnt]++;
    }
}

void publish_restart_save(const struct publish *p, const struct publish_count *c,
                          struct buf *b)
{
    const struct publish_restart *r = c->restart;
    if (r == NULL)
        return;
    size_t len = HEAD_LEN + nlri_map_cnt * (size_t)FAMILY_LEN + 2 + r->who_len +
                 32 * (size_t)p->o.topic_cnt;
    char *room = buf_room(b, len);
    if (room == NULL)
        return;
    struct wr w = wr_of(room, len);
    wr_u64(&w, c->node.hash);
    wr_u8(&w, r->over);
    wr_u8(&w, open_flags(&r->g.own));
    wr_u8(&w, open_flags(&r->g.peer));
    wr_u16(&w, r->g.peer.time_s);
    wr_u8(&w, (uint8_t)((r->g.up ? IS_UP : 0) | (r->g.notified ? IS_NOTIFIED : 0) |
                        (r->g.for_good ? IS_FOR_GOOD : 0)));
    wr_u32(&w, r->shard);
    save_families(r, &w);
    wr_u16(&w, (uint16_t)r->who_len);
    if (r->who_len > 0)
        wr_bytes(&w, r->who, r->who_len);
    for (unsigned t = 0; t < p->o.topic_cnt; t++) {
        wr_u64(&w, c->at[t].floor.epoch_us);
        wr_u64(&w, c->at[t].floor.peer_seq);
        wr_u64(&w, c->at[t].former.epoch_us);
        wr_u64(&w, c->at[t].former.peer_seq);
    }
    b->len += w.len;
}

static bool read_head(struct cur *in, struct publish_restart *r)
{
    uint8_t over, own, peer, session;
    uint32_t shard;
    if (!cur_u8(in, &over) || !cur_u8(in, &own) || !cur_u8(in, &peer) ||
        !cur_u16(in, &r->g.peer.time_s) || !cur_u8(in, &session) || !cur_u32(in, &shard))
        return false;
    set_open_flags(&r->g.own, own);
    set_open_flags(&r->g.peer, peer);
    r->over = over != 0;
    r->shard = shard;
    r->g.up = session & IS_UP;
    r->g.notified = session & IS_NOTIFIED;
    r->g.for_good = session & IS_FOR_GOOD;
    return shard < UINT16_MAX;
}

static bool read_families(struct cur *in, struct publish_restart *r)
{
    uint8_t cnt, safi, flags;
    uint16_t afi;
    uint32_t ll_s, until_s;
    if (!cur_u8(in, &cnt))
        return false;
    for (; cnt > 0; cnt--) {
        if (!cur_u16(in, &afi) || !cur_u8(in, &safi) || !cur_u8(in, &flags) ||
            !cur_u32(in, &ll_s) || !cur_u32(in, &until_s))
            return false;
        unsigned f = nlri_family_index(afi, safi);
        if (f == BGP_FAMILY_NONE)
            continue;
        set_flags(r, f, flags);
        r->g.peer.ll_time_s[f] = ll_s;
        r->g.until_s[f] = until_s;
    }
    return true;
}

static bool read_who_text(struct cur *in, struct publish_restart *r)
{
    struct track_source source;
    struct track_peer peer;
    uint16_t len;
    struct cur c;
    if (!cur_u16(in, &len) || !cur_take(in, len, &c))
        return false;
    if (len == 0)
        return !restart_keeps(&r->g) && !r->over;
    r->who = malloc(len);
    if (r->who == NULL)
        return false;
    memcpy(r->who, c.p, len);
    r->who_len = len;
    return publish_restart_who(r, &source, &peer);
}

static bool read_places(struct cur *in, struct publish_count *c, const int *map,
                        unsigned topics)
{
    for (unsigned i = 0; i < topics; i++) {
        struct publish_at floor, former;
        if (!cur_u64(in, &floor.epoch_us) || !cur_u64(in, &floor.peer_seq) ||
            !cur_u64(in, &former.epoch_us) || !cur_u64(in, &former.peer_seq))
            return false;
        if (map[i] < 0)
            continue;
        c->at[map[i]].floor = floor;
        c->at[map[i]].former = former;
    }
    return true;
}

bool publish_restart_restore(struct publish *p, struct cur *in, const int *map, unsigned topics)
{
    uint64_t hash;
    if (!cur_u64(in, &hash))
        return false;
    struct publish_count *c = publish_count_of(p, hash);
    struct publish_restart *r = calloc(1, sizeof *r);
    if (c == NULL || c->restart != NULL || r == NULL) {
        free(r);
        return false;
    }
    c->restart = r;
    r->count = c;
    bool ok = read_head(in, r);
    p->left_cnt += r->over;
    ok = ok && read_families(in, r) && read_who_text(in, r) && read_places(in, c, map, topics);
    if (!ok || p->has_tables)
        return ok && publish_restart_list(p, r) == 0;
    if (r->over)
        publish_count_drop(p, NULL, c);
    else
        publish_restart_drop(p, c);
    return true;
}
