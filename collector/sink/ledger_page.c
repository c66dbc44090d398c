/* SPDX-License-Identifier: BSD-2-Clause */
/* ledger_page: a ledger as it is shown. Floor F4. */
#include <inttypes.h>

#include "base/fmt.h"
#include "base/metrics.h"
#include "collector/sink/ledger.h"

/* ---- sums ---- */

/* One shard's numbers as they are shown. */
struct sums {
    uint64_t received, waiting;
    bool balanced;
};

static struct sums sums_of(const struct ledger_page *p, const struct ledger_lane *lane,
                           unsigned i)
{
    uint64_t passed = lane->base + lane->delivered + lane->filtered + lane->lost;
    uint64_t place = p->place[i], next = p->next != NULL ? p->next[i] : place;
    if (lane->base == 0)
        return (struct sums){.balanced = true};
    return (struct sums){next - lane->base, next - place, passed == place};
}

static const char *kind_name(uint8_t kind)
{
    static const char *const kinds[] = {
        [0] = "none", [SOURCE_BGP] = "bgp", [SOURCE_BMP] = "bmp"};
    return kind < sizeof(kinds) / sizeof(kinds[0]) ? kinds[kind] : "other";
}

/* `mine`: what the ledger has of a source; `arrived`: what has come; either may be NULL. Who
 * counts arrivals may be behind. */
static struct ledger_sums source_sums(const struct ledger_source *mine,
                                      const struct ledger_source *arrived)
{
    const struct ledger_source *any = mine != NULL ? mine : arrived;
    struct ledger_sums s = {.kind = any->kind,
                            .kind_name = kind_name(any->kind),
                            .addr = any->addr,
                            .delivered = mine != NULL ? mine->delivered : 0,
                            .filtered = mine != NULL ? mine->filtered : 0,
                            .lost = mine != NULL ? mine->lost : 0};
    uint64_t passed = s.delivered + s.filtered + s.lost;
    s.received = arrived != NULL && arrived->delivered > passed ? arrived->delivered : passed;
    s.waiting = s.received - passed;
    return s;
}

struct each {
    const struct ledger_page *page;
    void (*fn)(void *arg, const struct ledger_sums *s);
    void *arg;
};

static void each_passed(void *arg, const struct ledger_source *mine)
{
    const struct each *e = arg;
    const struct ledger *arrived = e->page->arrived;
    const struct ledger_sums s = source_sums(
        mine, arrived != NULL ? ledger_find(arrived, mine->kind, &mine->addr) : NULL);
    e->fn(e->arg, &s);
}

/* Those of which nothing was passed yet. */
static void each_arrived(void *arg, const struct ledger_source *arrived)
{
    const struct each *e = arg;
    if (ledger_find(e->page->ledger, arrived->kind, &arrived->addr) != NULL)
        return;
    const struct ledger_sums s = source_sums(NULL, arrived);
    e->fn(e->arg, &s);
}

void ledger_each(const struct ledger_page *p, void (*fn)(void *arg, const struct ledger_sums *s),
                 void *arg)
{
    struct each e = {p, fn, arg};
    ledger_sources(p->ledger, each_passed, &e);
    if (p->arrived != NULL)
        ledger_sources(p->arrived, each_arrived, &e);
}

static void subtract_waiting(void *arg, const struct ledger_sums *s)
{
    uint64_t *left = arg;
    *left -= s->waiting < *left ? s->waiting : *left;
}

uint64_t ledger_unknown(const struct ledger_page *p)
{
    unsigned cnt;
    uint64_t left = 0;
    const struct ledger_lane *lane = ledger_lanes(p->ledger, &cnt);
    for (unsigned i = 0; i < cnt; i++)
        left += sums_of(p, &lane[i], i).waiting;
    ledger_each(p, subtract_waiting, &left);
    return left;
}

/* ---- JSON ---- */

static void emit_lane(const struct ledger_page *p, struct emit *e,
                      const struct ledger_lane *lane, unsigned i)
{
    struct sums s = sums_of(p, lane, i);
    emit_object(e, EMIT_ITEM);
    emit_u64(e, KEY("shard"), i);
    emit_u64(e, KEY("first"), lane->base);
    emit_u64(e, KEY("received"), s.received);
    emit_u64(e, KEY("delivered"), lane->delivered);
    emit_u64(e, KEY("filtered"), lane->filtered);
    if (p->next != NULL)
        emit_u64(e, KEY("waiting"), s.waiting);
    emit_u64(e, KEY("lost"), lane->lost);
    emit_bool(e, KEY("balanced"), s.balanced);
    emit_object_end(e);
}

struct emitting {
    struct emit *e;
    bool waiting;
};

static void emit_source(void *arg, const struct ledger_sums *s)
{
    const struct emitting *to = arg;
    emit_object(to->e, EMIT_ITEM);
    emit_name(to->e, KEY("source"), s->kind_name);
    if (s->addr.len > 0)
        emit_ip(to->e, KEY("addr"), s->addr.a, s->addr.len);
    emit_u64(to->e, KEY("received"), s->received);
    emit_u64(to->e, KEY("delivered"), s->delivered);
    emit_u64(to->e, KEY("filtered"), s->filtered);
    if (to->waiting)
        emit_u64(to->e, KEY("waiting"), s->waiting);
    emit_u64(to->e, KEY("lost"), s->lost);
    emit_object_end(to->e);
}

void ledger_emit(const struct ledger_page *p, struct emit *e)
{
    struct emitting to = {e, p->next != NULL};
    unsigned cnt;
    const struct ledger_lane *lane = ledger_lanes(p->ledger, &cnt);
    emit_array(e, KEY("shards"));
    for (unsigned i = 0; i < cnt; i++)
        emit_lane(p, e, &lane[i], i);
    emit_array_end(e);
    emit_array(e, KEY("sources"));
    ledger_each(p, emit_source, &to);
    emit_array_end(e);
    if (p->next != NULL)
        emit_u64(e, KEY("unknown"), ledger_unknown(p));
}

/* ---- text ---- */

/* Writes an address, or "". */
static void put_addr(char dst[FMT_IPV6_MAX + 1], const struct source_addr *a)
{
    size_t len = a->len == 4 ? fmt_ipv4(dst, a->a) : a->len == 16 ? fmt_ipv6(dst, a->a) : 0;
    dst[len] = '\0';
}

struct writing {
    struct buf *b;
    const char *sink;
};

static void text_source(void *arg, const struct ledger_sums *s)
{
    const struct writing *to = arg;
    char addr[FMT_IPV6_MAX + 1];
    put_addr(addr, &s->addr);
    buf_printf(to->b,
               "%-12s %s %-20s %14" PRIu64 " %14" PRIu64 " %14" PRIu64 " %14" PRIu64
               " %14" PRIu64 "\n",
               to->sink, s->kind_name, addr, s->received, s->delivered, s->filtered, s->waiting,
               s->lost);
}

void ledger_text(const struct ledger_page *p, struct buf *b, const char *sink)
{
    struct writing to = {b, sink};
    unsigned cnt;
    const struct ledger_lane *lane = ledger_lanes(p->ledger, &cnt);
    for (unsigned i = 0; i < cnt; i++) {
        struct sums s = sums_of(p, &lane[i], i);
        buf_printf(b,
                   "%-12s shard %-18u %14" PRIu64 " %14" PRIu64 " %14" PRIu64 " %14" PRIu64
                   " %14" PRIu64 "%s\n",
                   sink, i, s.received, lane[i].delivered, lane[i].filtered, s.waiting,
                   lane[i].lost, s.balanced ? "" : " UNBALANCED");
    }
    ledger_each(p, text_source, &to);
    uint64_t unknown = ledger_unknown(p);
    if (unknown > 0)
        buf_printf(b, "%-12s %-24s %14s %14s %14s %14" PRIu64 "\n", sink, "not by source yet",
                   "", "", "", unknown);
}

/* ---- samples ---- */
struct source_samples {
    struct buf *b;
    const char *sink;
    unsigned left; /* sources that still get samples of their own */
    struct ledger_sums others;
};

static void put_source(const struct source_samples *to, const char *addr,
                       const struct ledger_sums *v)
{
    const struct {
        const char *state;
        uint64_t v;
    } row[] = {{"received", v->received},
               {"delivered", v->delivered},
               {"filtered", v->filtered},
               {"waiting", v->waiting},
               {"lost", v->lost}};
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        const char *const labels[] = {"sink", to->sink, "source",     v->kind_name, "addr",
                                      addr,   "state",  row[i].state, NULL};
        metrics_sample(to->b, LEDGER_SOURCE_FRAMES, labels, (double)row[i].v);
    }
}

static void put_or_add(void *arg, const struct ledger_sums *v)
{
    struct source_samples *to = arg;
    char addr[FMT_IPV6_MAX + 1];
    if (to->left == 0) {
        to->others.received += v->received;
        to->others.delivered += v->delivered;
        to->others.filtered += v->filtered;
        to->others.waiting += v->waiting;
        to->others.lost += v->lost;
        return;
    }
    to->left--;
    put_addr(addr, &v->addr);
    put_source(to, addr, v);
}

void ledger_samples(const struct ledger_page *p, struct buf *b, const char *sink)
{
    struct source_samples to = {
        .b = b, .sink = sink, .left = LEDGER_SAMPLES_MAX, .others = {.kind_name = "others"}};
    ledger_each(p, put_or_add, &to);
    if (to.others.received > 0)
        put_source(&to, "", &to.others);
}
