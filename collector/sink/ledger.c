/* SPDX-License-Identifier: BSD-2-Clause */
/* ledger: counting, and the bytes in the cursor. Floor F4.
 *
 * Big-endian: u8 version, u64 slot, u32 lanes, per lane {u64 base, delivered, filtered, lost},
 * u32 sources, per source {u8 kind, u8 length, address, u64 delivered, filtered, lost (not in
 * version 1)}. */
#include "collector/sink/ledger.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/wr.h"
#include "schemas/track/table.h"

enum { VERSION = 2, LANE_LEN = 32, SOURCE_LEN_MAX = 2 + 16 + 24 };

/* `node` is first. */
struct row {
    struct table_node node;
    struct ledger_source pub;
};

struct ledger {
    unsigned lane_cnt;
    struct ledger_lane *lane;
    struct table rows;
    uint64_t key[2];
    uint64_t slot_s;
    /* the row of the last item: most come in runs */
    unsigned last_shard;
    uint32_t last_source;
    struct row *last;
};

struct ledger *ledger_new(unsigned lane_cnt)
{
    struct ledger *l = calloc(1, sizeof(*l));
    if (l == NULL)
        return NULL;
    l->lane = calloc(lane_cnt, sizeof(*l->lane));
    l->lane_cnt = lane_cnt;
    hash_random_key(l->key);
    if (l->lane != NULL)
        return l;
    free(l);
    return NULL;
}

void ledger_free(struct ledger *l)
{
    if (l == NULL)
        return;
    for (size_t i = 0; i < l->rows.cap; i++) {
        struct table_node *next;
        for (struct table_node *n = l->rows.bucket[i]; n != NULL; n = next) {
            next = n->next;
            free(n);
        }
    }
    table_free(&l->rows);
    free(l->lane);
    free(l);
}

/* ---- counting ---- */

static bool same_source(const struct ledger_source *s, uint8_t kind,
                        const struct source_addr *a)
{
    return s->kind == kind && s->addr.len == a->len && memcmp(s->addr.a, a->a, a->len) == 0;
}

static uint64_t hash_of(const struct ledger *l, uint8_t kind, const struct source_addr *a)
{
    uint8_t text[18] = {kind, a->len};
    memcpy(text + 2, a->a, a->len);
    return hash_sip13(l->key, text, 2 + (size_t)a->len);
}

static struct row *find_row(const struct ledger *l, uint64_t hash, uint8_t kind,
                            const struct source_addr *a)
{
    for (struct table_node *n = table_chain(&l->rows, hash); n != NULL; n = n->next) {
        struct row *r = (struct row *)n;
        if (same_source(&r->pub, kind, a))
            return r;
    }
    return NULL;
}

/* Finds or adds a row. NULL: out of memory. */
static struct row *row_of(struct ledger *l, uint8_t kind, const struct source_addr *a)
{
    uint64_t hash = hash_of(l, kind, a);
    struct row *r = find_row(l, hash, kind, a);
    if (r != NULL)
        return r;
    if (l->rows.cnt >= LEDGER_SOURCES_MAX && kind != 0)
        return row_of(l, 0, &(struct source_addr){0});
    r = table_reserve(&l->rows) == 0 ? calloc(1, sizeof(*r)) : NULL;
    if (r == NULL) {
        errno = ENOMEM;
        return NULL;
    }
    r->node.hash = hash;
    r->pub = (struct ledger_source){.kind = kind, .addr = *a};
    r->pub.addr.port = 0;
    table_add(&l->rows, &r->node);
    return r;
}

static struct row *row_of_item(struct ledger *l, const struct track_item *item)
{
    static const struct source_addr none;
    if (item->source == NULL)
        return row_of(l, 0, &none);
    if (l->last != NULL && l->last_shard == item->shard && l->last_source == item->source->id)
        return l->last;
    l->last = row_of(l, (uint8_t)item->source->info.kind, &item->source->info.remote);
    l->last_shard = item->shard;
    l->last_source = item->source->id;
    return l->last;
}

struct ledger_source *ledger_source_of(struct ledger *l, uint8_t kind,
                                       const struct source_addr *addr)
{
    struct row *r = row_of(l, kind, addr);
    return r != NULL ? &r->pub : NULL;
}

const struct ledger_source *ledger_find(const struct ledger *l, uint8_t kind,
                                        const struct source_addr *addr)
{
    const struct row *r = find_row(l, hash_of(l, kind, addr), kind, addr);
    return r != NULL ? &r->pub : NULL;
}

void ledger_sources(const struct ledger *l, void (*fn)(void *arg, const struct ledger_source *s),
                    void *arg)
{
    for (size_t i = 0; i < l->rows.cap; i++) {
        for (struct table_node *n = l->rows.bucket[i]; n != NULL; n = n->next)
            fn(arg, &((struct row *)n)->pub);
    }
}

struct ledger *ledger_arrived(const struct ledger *l)
{
    struct ledger *a = ledger_new(l->lane_cnt);
    for (size_t i = 0; a != NULL && i < l->rows.cap; i++) {
        for (struct table_node *n = l->rows.bucket[i]; n != NULL; n = n->next) {
            const struct ledger_source *s = &((struct row *)n)->pub;
            struct row *r = row_of(a, s->kind, &s->addr);
            if (r == NULL) {
                ledger_free(a);
                return NULL;
            }
            r->pub.delivered = s->delivered + s->filtered + s->lost;
        }
    }
    return a;
}

void ledger_begin(struct ledger *l, unsigned shard, uint64_t seq)
{
    if (shard < l->lane_cnt && l->lane[shard].base == 0)
        l->lane[shard].base = seq;
}

struct naming {
    struct ledger *l;
    uint64_t named;
    bool failed;
};

static void name_lost(void *arg, const struct ledger_source *missed)
{
    struct naming *n = arg;
    struct row *r = row_of(n->l, missed->kind, &missed->addr);
    n->failed |= r == NULL;
    if (r == NULL)
        return;
    r->pub.lost += missed->delivered;
    n->named += missed->delivered;
}

/* Says whose lost frames were. What is not known yet (damage inside a segment) is nobody's until
 * the next segment tells. */
static int count_lost(struct ledger *l, uint64_t lost, const struct ledger *missed)
{
    static const struct source_addr none;
    struct naming n = {.l = l};
    if (missed != NULL)
        ledger_sources(missed, name_lost, &n);
    if (n.failed || n.named == lost)
        return n.failed ? -1 : 0;
    struct row *nobody = row_of(l, 0, &none);
    if (nobody == NULL)
        return -1;
    uint64_t late = n.named > lost ? n.named - lost : 0;
    nobody->pub.lost += n.named < lost ? lost - n.named : 0;
    nobody->pub.lost -= late < nobody->pub.lost ? late : nobody->pub.lost;
    return 0;
}

int ledger_tally(struct ledger *l, const struct track_item *item)
{
    struct row *r = row_of_item(l, item);
    if (r != NULL)
        r->pub.delivered++;
    return r != NULL ? 0 : -1;
}

int ledger_count(struct ledger *l, const struct track_item *item, bool delivered, uint64_t lost,
                 const struct ledger *missed)
{
    struct row *r = row_of_item(l, item);
    if (r == NULL || ((lost > 0 || missed != NULL) && count_lost(l, lost, missed) != 0))
        return -1;
    struct ledger_lane *lane = &l->lane[item->shard];
    ledger_begin(l, item->shard, item->frame->seq - lost);
    lane->lost += lost;
    if (delivered) {
        lane->delivered++;
        r->pub.delivered++;
    } else {
        lane->filtered++;
        r->pub.filtered++;
    }
    return 0;
}

const struct ledger_lane *ledger_lanes(const struct ledger *l, unsigned *cnt)
{
    *cnt = l->lane_cnt;
    return l->lane;
}

uint64_t ledger_slot(const struct ledger *l)
{
    return l->slot_s;
}

void ledger_set_slot(struct ledger *l, uint64_t end_s)
{
    l->slot_s = end_s;
}

/* ---- bytes ---- */

static void save_source(struct wr *w, const struct ledger_source *s)
{
    wr_u8(w, s->kind);
    wr_u8(w, s->addr.len);
    wr_bytes(w, s->addr.a, s->addr.len);
    wr_u64(w, s->delivered);
    wr_u64(w, s->filtered);
    wr_u64(w, s->lost);
}

void ledger_save(const struct ledger *l, struct buf *b)
{
    size_t max = 1 + 8 + 4 + (size_t)l->lane_cnt * LANE_LEN + 4 + l->rows.cnt * SOURCE_LEN_MAX;
    char *room = buf_room(b, max);
    if (room == NULL)
        return;
    struct wr w = wr_of(room, max);
    wr_u8(&w, VERSION);
    wr_u64(&w, l->slot_s);
    wr_u32(&w, l->lane_cnt);
    for (unsigned i = 0; i < l->lane_cnt; i++) {
        wr_u64(&w, l->lane[i].base);
        wr_u64(&w, l->lane[i].delivered);
        wr_u64(&w, l->lane[i].filtered);
        wr_u64(&w, l->lane[i].lost);
    }
    wr_u32(&w, (uint32_t)l->rows.cnt);
    for (size_t i = 0; i < l->rows.cap; i++) {
        for (struct table_node *n = l->rows.bucket[i]; n != NULL; n = n->next)
            save_source(&w, &((struct row *)n)->pub);
    }
    b->len += w.len;
}

static bool load_lanes(struct ledger *l, struct cur *in)
{
    uint32_t cnt;
    if (!cur_u32(in, &cnt))
        return false;
    for (uint32_t i = 0; i < cnt; i++) {
        struct ledger_lane lane;
        if (!cur_u64(in, &lane.base) || !cur_u64(in, &lane.delivered) ||
            !cur_u64(in, &lane.filtered) || !cur_u64(in, &lane.lost))
            return false;
        if (i < l->lane_cnt)
            l->lane[i] = lane;
    }
    return true;
}

static bool load_source(struct ledger *l, struct cur *in, uint8_t version)
{
    uint8_t kind;
    struct source_addr a = {0};
    uint64_t delivered, filtered, lost = 0;
    if (!cur_u8(in, &kind) || !cur_u8(in, &a.len) || a.len > sizeof(a.a))
        return false;
    const uint8_t *p = cur_bytes(in, a.len);
    if (p == NULL || !cur_u64(in, &delivered) || !cur_u64(in, &filtered) ||
        (version > 1 && !cur_u64(in, &lost)))
        return false;
    memcpy(a.a, p, a.len);
    struct row *r = row_of(l, kind, &a);
    if (r == NULL)
        return false;
    r->pub.delivered += delivered;
    r->pub.filtered += filtered;
    r->pub.lost += lost;
    return true;
}

int ledger_load(struct ledger *l, const void *p, size_t len)
{
    struct cur in = cur_of(p, len);
    uint8_t version;
    uint32_t cnt;
    if (len == 0)
        return 0;
    errno = EINVAL;
    if (!cur_u8(&in, &version) || version == 0 || version > VERSION || !cur_u64(&in, &l->slot_s) ||
        !load_lanes(l, &in) || !cur_u32(&in, &cnt))
        return -1;
    for (uint32_t i = 0; i < cnt; i++) {
        if (!load_source(l, &in, version))
            return -1;
    }
    return cur_done(&in) ? 0 : -1;
}
