/* SPDX-License-Identifier: BSD-2-Clause */
/* out_summary: tables of what there was: peers and families, the busiest prefixes and origins,
 * errors, updates over time. Memory is bounded, whatever the input. Floor F4. */
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/fmt.h"
#include "base/hash.h"
#include "bgp/as_path.h"
#include "bgp/attr_map.h"
#include "bgp/msg.h"
#include "schemas/filter/filter_prefix.h"
#include "schemas/track/table.h"
#include "tools/decode/decode.h"
#include "tools/output/sketch.h"

enum { ROWS_MAX = 16384, TOP_CNT = 10, BARS = 60, FIRST_BAR_S = 60, KEY_LEN = 28 };

/* One peer and family; of family NONE, its other messages. */
struct row {
    struct table_node node;
    uint8_t key[KEY_LEN];
    struct source_addr addr;
    uint32_t asn;
    unsigned family;
    uint64_t messages, announced, withdrawn;
};

struct state {
    struct table rows;
    struct row rest; /* beyond ROWS_MAX */
    uint64_t hash_key[2];
    struct sketch prefixes, origins;
    uint64_t reasons[BGP_ACTION_CNT][BGP_REASON_CNT];
    uint64_t bar[BARS]; /* UPDATEs by time */
    uint64_t start_s, bar_s;
    uint64_t first_ns, last_ns, updates;
};

static struct state *state_of(struct decode *d)
{
    struct state *s = d->output_state;
    if (s != NULL)
        return s;
    s = d->output_state = calloc(1, sizeof *s);
    if (s == NULL)
        d->out.failed = true;
    else
        hash_random_key(s->hash_key);
    return s;
}

/* ---- counting ---- */

static struct row *row_of(struct state *s, const struct track_peer *p, unsigned family)
{
    uint8_t key[KEY_LEN] = {0};
    struct wr w = wr_of(key, sizeof key);
    wr_u32(&w, p->asn);
    wr_u16(&w, (uint16_t)family);
    wr_u8(&w, p->addr.len);
    wr_bytes(&w, p->addr.a, sizeof p->addr.a);
    uint64_t hash = hash_sip13(s->hash_key, key, sizeof key);
    for (struct table_node *n = table_chain(&s->rows, hash); n != NULL; n = n->next) {
        if (memcmp(((struct row *)n)->key, key, sizeof key) == 0)
            return (struct row *)n;
    }
    struct row *r = s->rows.cnt < ROWS_MAX ? calloc(1, sizeof *r) : NULL;
    if (r == NULL || table_reserve(&s->rows) != 0) {
        free(r);
        return &s->rest;
    }
    *r = (struct row){.node.hash = hash, .addr = p->addr, .asn = p->asn, .family = family};
    memcpy(r->key, key, sizeof key);
    table_add(&s->rows, &r->node);
    return r;
}

/* Twice as much time in each bar, until `sec` has one. */
static void widen(struct state *s, uint64_t sec)
{
    while (sec >= s->start_s + BARS * s->bar_s) {
        for (unsigned i = 0; i < BARS; i++)
            s->bar[i] = i < BARS / 2 ? s->bar[2 * i] + s->bar[2 * i + 1] : 0;
        s->bar_s *= 2;
    }
}

static void count_time(struct state *s, uint64_t ns)
{
    uint64_t sec = ns / NS_PER_S;
    if (s->updates++ == 0) {
        s->bar_s = FIRST_BAR_S;
        s->start_s = sec / FIRST_BAR_S * FIRST_BAR_S;
        s->first_ns = s->last_ns = ns;
    }
    if (ns < s->first_ns)
        s->first_ns = ns;
    if (ns > s->last_ns)
        s->last_ns = ns;
    widen(s, sec);
    s->bar[sec < s->start_s ? 0 : (sec - s->start_s) / s->bar_s]++;
}

static void count_prefix(struct state *s, const struct nlri *n)
{
    uint8_t key[SKETCH_KEY_LEN] = {0};
    struct filter_prefix p;
    bool v6;
    if (!filter_prefix_of_nlri(n, &v6, &p))
        return;
    struct wr w = wr_of(key, sizeof key);
    wr_u64(&w, p.hi);
    wr_u64(&w, p.lo);
    wr_u8(&w, p.bits);
    wr_u8(&w, v6);
    sketch_add(&s->prefixes, key);
}

static void count_origin(struct state *s, const struct bgp_update *u, const struct bgp_ctx *ctx)
{
    uint8_t key[SKETCH_KEY_LEN] = {0};
    const struct bgp_attr *a = bgp_update_attr(u, ATTR_AS_PATH);
    struct as_segment seg;
    struct nlri_fault fault;
    uint32_t asn = 0;
    if (a == NULL)
        return;
    struct cur c = cur_at(u->msg + a->off, a->len, a->off);
    unsigned width = as_path_width(c, ctx);
    while (as_path_next(&c, width, &seg, &fault) > 0) {
        while (as_segment_next(&seg, &asn))
            ;
    }
    struct wr w = wr_of(key, sizeof key);
    wr_u32(&w, asn);
    if (asn != 0)
        sketch_add(&s->origins, key);
}

/* Counts a section's routes. Returns how many. */
static uint64_t count_section(struct state *s, const struct bgp_update *u,
                              const struct bgp_section *section, const struct bgp_ctx *ctx)
{
    struct nlri_iter it;
    struct nlri n;
    uint64_t cnt = 0;
    nlri_iter_init(&it, section->family, ctx, bgp_update_cur(u, section->nlri), false);
    (void)nlri_settle_add_path(&it);
    for (; nlri_iter_next(&it, &n) > 0; cnt++)
        count_prefix(s, &n);
    return cnt;
}

static void count_errors(struct state *s, const struct bgp_diags *d)
{
    for (unsigned i = 0; i < d->cnt; i++)
        s->reasons[d->v[i].action][d->v[i].reason]++;
}

static void count_update(struct state *s, const struct track_peer *p, struct cur msg,
                         const struct decode_event *ev)
{
    const struct bgp_ctx *ctx = ev->ctx;
    struct bgp_update u;
    (void)bgp_update_index(msg.p, msg.left, ctx, &u);
    const struct bgp_section *const all[] = {&u.announced, &u.mp_reach, &u.withdrawn,
                                             &u.mp_unreach};
    struct row *counted = NULL;
    uint64_t announced = 0;
    for (unsigned i = 0; i < 4; i++) {
        if (!all[i]->present)
            continue;
        struct row *r = row_of(s, p, all[i]->family);
        uint64_t cnt = count_section(s, &u, all[i], ctx);
        r->messages += r != counted;
        *(i < 2 ? &r->announced : &r->withdrawn) += cnt;
        announced += i < 2 ? cnt : 0;
        counted = r;
    }
    if (counted == NULL) /* End-of-RIB */
        row_of(s, p, nlri_family_index(BGP_AFI_IPV4, BGP_SAFI_UNICAST))->messages++;
    if (announced > 0)
        count_origin(s, &u, ctx);
    if (ev->diags == NULL)
        bgp_update_check(&u, ctx, true);
    count_errors(s, ev->diags != NULL ? ev->diags : &u.diags);
}

static void count_message(struct state *s, const struct track_peer *p, uint64_t time_ns,
                          struct cur msg, const struct decode_event *ev)
{
    uint8_t type = 0;
    if (cur_peek(&msg, BGP_HEADER_LEN - 1, &type) && type == BGP_TYPE_UPDATE) {
        count_time(s, time_ns);
        count_update(s, p, msg, ev);
    } else {
        row_of(s, p, BGP_FAMILY_NONE)->messages++;
    }
}

static void count_rib(struct state *s, const struct track_peer *p, const struct mrt_rib *rib,
                      const struct bgp_ctx *ctx)
{
    struct nlri n = {.row = nlri_row_of(rib->family), .body = rib->nlri, .ctx = ctx};
    struct bgp_update u;
    struct cur next_hop;
    struct row *r = row_of(s, p, rib->family);
    record_rib_index(rib, ctx, &u, &next_hop);
    r->messages++;
    r->announced++;
    count_prefix(s, &n);
    count_origin(s, &u, ctx);
}

static void write_summary(struct decode *d, const struct decode_event *ev)
{
    struct state *s = state_of(d);
    struct track_peer none = {0}, mrt;
    if (s == NULL)
        return;
    if (ev->walk != NULL) {
        const struct mrt_item *item = &ev->walk->item;
        record_mrt_peer(item, &mrt);
        if (item->kind == MRT_ITEM_MESSAGE)
            count_message(s, &mrt, record_mrt_time(item->rec), item->body, ev);
        else if (item->kind == MRT_ITEM_RIB)
            count_rib(s, &mrt, &item->rib, ev->ctx);
        else if (item->kind == MRT_ITEM_STATE)
            row_of(s, &mrt, BGP_FAMILY_NONE)->messages++;
    } else if (ev->item != NULL && !(ev->item->frame->flags & JOURNAL_REPEAT)) {
        const struct track_item *item = ev->item;
        const struct track_peer *p = item->peer != NULL ? item->peer : &none;
        if (item->bgp != NULL)
            count_message(s, p, item->frame->time, cur_of(item->bgp, item->bgp_len), ev);
        else
            row_of(s, p, BGP_FAMILY_NONE)->messages++;
    }
}

/* ---- tables ---- */

static int compare_rows(const void *a, const void *b)
{
    const struct row *x = *(const struct row *const *)a, *y = *(const struct row *const *)b;
    int by_asn = x->asn < y->asn ? -1 : x->asn > y->asn;
    int by_addr = memcmp(x->addr.a, y->addr.a, sizeof x->addr.a);
    int by_family = x->family < y->family ? -1 : x->family > y->family;
    return by_asn != 0 ? by_asn : by_addr != 0 ? by_addr : by_family;
}

static void put_row(struct buf *b, const char *peer, const char *family, const struct row *r)
{
    buf_printf(b, "%-28s %-24s %12llu %12llu %12llu\n", peer, family,
               (unsigned long long)r->messages, (unsigned long long)r->announced,
               (unsigned long long)r->withdrawn);
}

static void put_peer(struct buf *b, const struct row *r)
{
    char peer[64];
    size_t n = r->addr.len == 16  ? fmt_ipv6(peer, r->addr.a)
               : r->addr.len == 4 ? fmt_ipv4(peer, r->addr.a)
                                  : 0;
    snprintf(peer + n, sizeof peer - n, "%sAS%u", n > 0 ? " " : "", r->asn);
    put_row(b, peer, r->family < nlri_map_cnt ? nlri_map[r->family].name : "other", r);
}

/* Walks all rows in an order that people expect. */
static void put_peers(struct buf *b, struct state *s)
{
    const struct row **all = calloc(s->rows.cnt + 1, sizeof *all);
    struct row sum = {0};
    size_t cnt = 0;
    if (all == NULL) {
        b->failed = true;
        return;
    }
    for (size_t i = 0; i < s->rows.cap; i++) {
        for (struct table_node *n = s->rows.bucket[i]; n != NULL; n = n->next)
            all[cnt++] = (const struct row *)n;
    }
    qsort(all, cnt, sizeof *all, compare_rows);
    buf_printf(b, "%-28s %-24s %12s %12s %12s\n", "peer", "family", "messages", "announced",
               "withdrawn");
    all[cnt] = &s->rest;
    for (size_t i = 0; i <= cnt; i++) {
        if (i < cnt)
            put_peer(b, all[i]);
        sum.messages += all[i]->messages;
        sum.announced += all[i]->announced;
        sum.withdrawn += all[i]->withdrawn;
    }
    if (s->rest.messages > 0)
        put_row(b, "further ones", "", &s->rest);
    put_row(b, "all", "", &sum);
    free(all);
}

static void put_busy(struct buf *b, const struct sketch_entry *e, const char *text)
{
    buf_printf(b, "%12llu  %s", (unsigned long long)e->cnt, text);
    if (e->over > 0)
        buf_printf(b, "  (at least %llu)", (unsigned long long)(e->cnt - e->over));
    buf_add_char(b, '\n');
}

static void put_top(struct buf *b, struct sketch *s, bool prefixes)
{
    unsigned cnt = sketch_sort(s);
    if (cnt > 0)
        buf_printf(b, "\n%s\n",
                   prefixes ? "busiest prefixes (routes)" : "busiest origins (messages)");
    for (unsigned i = 0; i < cnt && i < TOP_CNT; i++) {
        const uint8_t *key = s->entry[i].key;
        char text[FMT_PREFIX_MAX + 1];
        size_t n;
        if (prefixes) {
            n = key[17] ? fmt_ipv6(text, key) : fmt_ipv4(text, key);
            text[n++] = '/';
            n += fmt_u8(text + n, key[16]);
        } else {
            struct cur c = cur_of(key, 4);
            uint32_t asn = 0;
            (void)!cur_u32(&c, &asn);
            n = (size_t)snprintf(text, sizeof text, "AS%u", asn);
        }
        text[n] = '\0';
        put_busy(b, &s->entry[i], text);
    }
}

static void put_errors(struct buf *b, const struct state *s)
{
    bool any = false;
    for (uint8_t a = 0; a < BGP_ACTION_CNT; a++) {
        for (uint8_t r = 0; r < BGP_REASON_CNT; r++) {
            if (s->reasons[a][r] == 0)
                continue;
            buf_printf(b, "%s%12llu  %s, %s\n", any ? "" : "\nerrors\n",
                       (unsigned long long)s->reasons[a][r], bgp_action_name(a),
                       bgp_reason_name(r));
            any = true;
        }
    }
}

static void put_moment(struct buf *b, uint64_t ns)
{
    time_t sec = (time_t)(ns / NS_PER_S);
    struct tm tm;
    char text[32];
    if (gmtime_r(&sec, &tm) != NULL &&
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm) > 0)
        buf_add_str(b, text);
}

/* A bar per unit of time, in eighths of a line's height. */
static void put_bars(struct buf *b, const struct state *s)
{
    static const char *const bars[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    uint64_t most = 1;
    unsigned last = 0;
    if (s->updates == 0)
        return;
    for (unsigned i = 0; i < BARS; i++) {
        most = s->bar[i] > most ? s->bar[i] : most;
        last = s->bar[i] > 0 ? i : last;
    }
    buf_add_str(b, "\nUPDATEs from ");
    put_moment(b, s->first_ns);
    buf_add_str(b, " to ");
    put_moment(b, s->last_ns);
    buf_printf(b, "; a bar is %llu min, the highest %llu per minute\n",
               (unsigned long long)(s->bar_s / 60), (unsigned long long)(most * 60 / s->bar_s));
    for (unsigned i = 0; i <= last; i++)
        buf_add_str(b, bars[s->bar[i] == 0 ? 0 : 1 + s->bar[i] * 7 / most]);
    buf_add_char(b, '\n');
}

static void end_summary(struct decode *d)
{
    struct state *s = state_of(d);
    if (s == NULL)
        return;
    put_peers(&d->out, s);
    put_top(&d->out, &s->prefixes, true);
    put_top(&d->out, &s->origins, false);
    put_errors(&d->out, s);
    put_bars(&d->out, s);
}

static void drop_summary(struct decode *d)
{
    struct state *s = d->output_state;
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->rows.cap; i++) {
        for (struct table_node *n = s->rows.bucket[i]; n != NULL;) {
            struct table_node *next = n->next;
            free(n);
            n = next;
        }
    }
    table_free(&s->rows);
}

const struct decode_output decode_summary = {
    .name = "summary", .write = write_summary, .end = end_summary, .drop = drop_summary};
