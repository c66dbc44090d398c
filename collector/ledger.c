/* SPDX-License-Identifier: BSD-2-Clause */
/* ledger: counting, and the bytes in the cursor. Floor F4.
 *
 * Big-endian: u8 version, u64 slot, u32 lanes, per lane {u64 base, delivered, filtered, lost},
 * u32 sources, per source {u8 kind, u8 length, address, u64 delivered, filtered}. */
#include "collector/ledger.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "base/hash.h"
#include "base/wr.h"
#include "schemas/table.h"

enum { VERSION = 1, LANE_LEN = 32, SOURCE_LEN_MAX = 2 + 16 + 16 };

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

/* Finds or adds a row. NULL: out of memory. */
static struct row *row_of(struct ledger *l, uint8_t kind, const struct source_addr *a)
{
    uint8_t text[18] = {kind, a->len};
    memcpy(text + 2, a->a, a->len);
    uint64_t hash = hash_sip13(l->key, text, 2 + (size_t)a->len);
    for (struct table_node *n = table_chain(&l->rows, hash); n != NULL; n = n->next) {
        struct row *r = (struct row *)n;
        if (same_source(&r->pub, kind, a))
            return r;
    }
    if (l->rows.cnt >= LEDGER_SOURCES_MAX && kind != 0)
        return row_of(l, 0, &(struct source_addr){0});
    struct row *r = table_reserve(&l->rows) == 0 ? calloc(1, sizeof(*r)) : NULL;
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

void ledger_begin(struct ledger *l, unsigned shard, uint64_t seq)
{
    if (shard < l->lane_cnt && l->lane[shard].base == 0)
        l->lane[shard].base = seq;
}

int ledger_count(struct ledger *l, const struct track_item *item, bool delivered, uint64_t lost)
{
    struct row *r = row_of_item(l, item);
    if (r == NULL)
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

static bool load_source(struct ledger *l, struct cur *in)
{
    uint8_t kind;
    struct source_addr a = {0};
    uint64_t delivered, filtered;
    if (!cur_u8(in, &kind) || !cur_u8(in, &a.len) || a.len > sizeof(a.a))
        return false;
    const uint8_t *p = cur_bytes(in, a.len);
    if (p == NULL || !cur_u64(in, &delivered) || !cur_u64(in, &filtered))
        return false;
    memcpy(a.a, p, a.len);
    struct row *r = row_of(l, kind, &a);
    if (r == NULL)
        return false;
    r->pub.delivered += delivered;
    r->pub.filtered += filtered;
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
    if (!cur_u8(&in, &version) || version != VERSION || !cur_u64(&in, &l->slot_s) ||
        !load_lanes(l, &in) || !cur_u32(&in, &cnt))
        return -1;
    for (uint32_t i = 0; i < cnt; i++) {
        if (!load_source(l, &in))
            return -1;
    }
    return cur_done(&in) ? 0 : -1;
}

/* ---- JSON ---- */

/* One shard's numbers as they are shown. */
struct sums {
    uint64_t received, waiting;
    bool balanced;
};

static struct sums sums_of(const struct ledger_lane *lane, uint64_t next, uint64_t place)
{
    uint64_t passed = lane->base + lane->delivered + lane->filtered + lane->lost;
    if (lane->base == 0)
        return (struct sums){.balanced = true};
    return (struct sums){next - lane->base, next - place, passed == place};
}

static void emit_lane(const struct ledger *l, struct emit *e, unsigned i, const uint64_t *next,
                      const uint64_t *place)
{
    const struct ledger_lane *lane = &l->lane[i];
    struct sums s = sums_of(lane, next != NULL ? next[i] : place[i], place[i]);
    emit_object(e, EMIT_ITEM);
    emit_u64(e, KEY("shard"), i);
    emit_u64(e, KEY("first"), lane->base);
    emit_u64(e, KEY("received"), s.received);
    emit_u64(e, KEY("delivered"), lane->delivered);
    emit_u64(e, KEY("filtered"), lane->filtered);
    if (next != NULL)
        emit_u64(e, KEY("waiting"), s.waiting);
    emit_u64(e, KEY("lost"), lane->lost);
    emit_bool(e, KEY("balanced"), s.balanced);
    emit_object_end(e);
}

static const char *kind_name(uint8_t kind)
{
    static const char *const kinds[] = {
        [0] = "none", [SOURCE_BGP] = "bgp", [SOURCE_BMP] = "bmp"};
    return kind < sizeof(kinds) / sizeof(kinds[0]) ? kinds[kind] : "other";
}

static void emit_source(struct emit *e, const struct ledger_source *s)
{
    emit_object(e, EMIT_ITEM);
    emit_name(e, KEY("source"), kind_name(s->kind));
    if (s->addr.len > 0)
        emit_ip(e, KEY("addr"), s->addr.a, s->addr.len);
    emit_u64(e, KEY("delivered"), s->delivered);
    emit_u64(e, KEY("filtered"), s->filtered);
    emit_object_end(e);
}

void ledger_emit(const struct ledger *l, struct emit *e, const uint64_t *next,
                 const uint64_t *place)
{
    emit_array(e, KEY("shards"));
    for (unsigned i = 0; i < l->lane_cnt; i++)
        emit_lane(l, e, i, next, place);
    emit_array_end(e);
    emit_array(e, KEY("sources"));
    for (size_t i = 0; i < l->rows.cap; i++) {
        for (struct table_node *n = l->rows.bucket[i]; n != NULL; n = n->next)
            emit_source(e, &((struct row *)n)->pub);
    }
    emit_array_end(e);
}

/* ---- text ---- */

static void text_source(struct buf *b, const char *sink, const struct ledger_source *s)
{
    char addr[FMT_IPV6_MAX + 1];
    size_t len = s->addr.len == 4    ? fmt_ipv4(addr, s->addr.a)
                 : s->addr.len == 16 ? fmt_ipv6(addr, s->addr.a)
                                     : 0;
    addr[len] = '\0';
    buf_printf(b, "%-12s %s %-20s %14s %14" PRIu64 " %14" PRIu64 "\n", sink, kind_name(s->kind),
               addr, "", s->delivered, s->filtered);
}

void ledger_text(const struct ledger *l, struct buf *b, const char *sink, const uint64_t *next,
                 const uint64_t *place)
{
    for (unsigned i = 0; i < l->lane_cnt; i++) {
        const struct ledger_lane *lane = &l->lane[i];
        struct sums s = sums_of(lane, next[i], place[i]);
        buf_printf(b,
                   "%-12s shard %-18u %14" PRIu64 " %14" PRIu64 " %14" PRIu64 " %14" PRIu64
                   " %14" PRIu64 "%s\n",
                   sink, i, s.received, lane->delivered, lane->filtered, s.waiting, lane->lost,
                   s.balanced ? "" : " UNBALANCED");
    }
    for (size_t i = 0; i < l->rows.cap; i++) {
        for (struct table_node *n = l->rows.bucket[i]; n != NULL; n = n->next)
            text_source(b, sink, &((struct row *)n)->pub);
    }
}
