/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables in Kafka against the RIB, over sessions that end and come back at random: graceful and
 * long-lived restarts, refreshes, collectors that begin anew, publishers that crash. Neither
 * knows the other: each is given the frames of two journals. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/fmt.h"
#include "base/wr.h"
#include "bgp/msg.h"
#include "collector/rib/rib_feed.h"
#include "schemas/publish/publish_int.h"
#include "tools/kafka/rib_topic.h"

enum {
    T0 = 1763842500,
    PEERS = 4, /* the first two in journal 0 */
    SHARDS = 2,
    PREFIXES = 6,
    FRAMES_MAX = 20000,
    KEYS_MAX = 4000,
    PAYLOAD_MAX = 160,
    SAID_MAX = 1 << 17,
};

struct frame {
    unsigned shard;
    struct journal_view v;
    uint8_t payload[PAYLOAD_MAX];
};

struct said {
    char key[100];
    size_t key_len;
    char *value; /* NULL: none */
    size_t value_len;
    uint8_t octets[128]; /* NLRI, then attributes */
    size_t nlri_len, attrs_len;
};

/* What a (key, epoch, peer_seq) was said to be, by hashes. */
struct once {
    uint64_t id, value;
};

static struct world {
    uint64_t now_ns, seed;
    struct frame frames[FRAMES_MAX];
    size_t cnt, done; /* done: the publisher has consumed those before */
    uint64_t seq[SHARDS];
    uint32_t next_source, source[PEERS]; /* 0: down */
    struct rib_feed *rib;
    struct track *rib_track[SHARDS], *track[SHARDS];
    struct publish *p;
    struct buf saved;
    size_t saved_at;
    bool deaf;
    struct said *keys;
    size_t key_cnt;
    struct once *once;
    unsigned compared, nonempty, stale, repeated;
} w;

static unsigned dice(unsigned n)
{
    w.seed = w.seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(w.seed >> 33) % n;
}

/* ---- messages ---- */

static size_t begin(struct wr *m, uint8_t type)
{
    for (int i = 0; i < 16; i++)
        wr_u8(m, 0xff);
    size_t at = wr_mark_u16(m);
    wr_u8(m, type);
    return at;
}

static void finish(struct wr *m, size_t at)
{
    cr_assert(!m->overflow);
    m->buf[at] = (uint8_t)(m->len >> 8);
    m->buf[at + 1] = (uint8_t)m->len;
}

static void put_frame(unsigned shard, enum journal_kind kind, uint32_t source, const void *p,
                      size_t len)
{
    cr_assert(w.cnt < FRAMES_MAX && len <= PAYLOAD_MAX);
    struct frame *f = &w.frames[w.cnt++];
    if (len > 0)
        memcpy(f->payload, p, len);
    f->shard = shard;
    f->v = (struct journal_view){.kind = kind,
                                 .source = source,
                                 .time = w.now_ns += 1000,
                                 .seq = ++w.seq[shard],
                                 .p = f->payload,
                                 .len = (uint32_t)len};
    struct track_item item;
    cr_assert_eq(track_feed(w.rib_track[shard], &f->v, &item), 0);
    cr_assert_eq(rib_feed_item(w.rib, w.rib_track[shard], &item), 0);
}

static void put_message(unsigned peer, enum journal_kind kind, const struct wr *m)
{
    put_frame(peer / 2, kind, w.source[peer], m->buf, m->len);
}

static void put_open(unsigned peer, bool sent)
{
    uint8_t raw[PAYLOAD_MAX], flags[] = {0, 0x80, 0x80, 0x80};
    struct wr m = wr_of(raw, sizeof raw);
    size_t at = begin(&m, BGP_TYPE_OPEN);
    bool gr = sent || dice(8) > 0, ll = sent || dice(2) == 0;
    unsigned families = sent ? 0 : dice(8) == 0 ? 1 : 2;
    wr_u8(&m, 4), wr_u16(&m, 23456), wr_u16(&m, 90), wr_u32(&m, 0x0a000001 + peer);
    size_t params = wr_mark_u8(&m);
    wr_u8(&m, 2);
    size_t caps = wr_mark_u8(&m);
    wr_u8(&m, 65), wr_u8(&m, 4);
    wr_u32(&m, sent ? 64512 : 64500 + peer + (dice(12) == 0 ? 100 : 0));
    if (gr) {
        wr_u8(&m, 64), wr_u8(&m, (uint8_t)(2 + 4 * families));
        wr_u16(&m, (uint16_t)((dice(3) > 0 ? 0x4000 : 0) | (dice(6) == 0 ? 0 : 5 + dice(20))));
        for (unsigned f = 1; f <= families; f++)
            wr_u16(&m, (uint16_t)f), wr_u8(&m, 1), wr_u8(&m, flags[dice(4)]);
    }
    if (ll) {
        unsigned cnt = sent ? 0 : 1 + dice(2);
        wr_u8(&m, 71), wr_u8(&m, (uint8_t)(7 * cnt));
        for (unsigned f = 1; f <= cnt; f++)
            wr_u16(&m, (uint16_t)f), wr_u8(&m, 1), wr_u8(&m, flags[dice(4)]),
                wr_u24(&m, 15 + dice(30));
    }
    wr_patch_u8(&m, caps);
    wr_patch_u8(&m, params);
    finish(&m, at);
    put_message(peer, sent ? JOURNAL_BGP_SENT : JOURNAL_BGP_RECV, &m);
}

static void put_state(unsigned peer, uint8_t old, uint8_t new)
{
    const uint8_t raw[2] = {old, new};
    put_frame(peer / 2, JOURNAL_STATE, w.source[peer], raw, sizeof raw);
}

static void come_up(unsigned peer)
{
    uint8_t raw[SOURCE_PAYLOAD_MAX];
    struct wr m = wr_of(raw, sizeof raw);
    struct source_info info = {.kind = SOURCE_BGP, .local_asn = 64512};
    w.source[peer] = ++w.next_source;
    info.remote = (struct source_addr){4, {192, 0, 2, (uint8_t)(1 + peer)}, 1000};
    info.local = (struct source_addr){4, {192, 0, 2, 100}, 179};
    source_encode(&info, &m);
    put_frame(peer / 2, JOURNAL_SOURCE, w.source[peer], raw, m.len);
    put_open(peer, true);
    put_open(peer, false);
    put_state(peer, 5, SOURCE_STATE_ESTABLISHED);
}

static void put_attrs(struct wr *m)
{
    wr_u32(m, 0x40010100);
    if (dice(3) == 0)
        wr_u24(m, 0xc00804), wr_u32(m, 0xffff0007); /* NO_LLGR */
    wr_u24(m, 0x800404), wr_u32(m, dice(100));
}

static void announce(unsigned peer, uint16_t afi)
{
    uint8_t raw[PAYLOAD_MAX];
    struct wr m = wr_of(raw, sizeof raw);
    size_t at = begin(&m, BGP_TYPE_UPDATE);
    wr_u16(&m, 0);
    size_t attrs = wr_mark_u16(&m);
    put_attrs(&m);
    if (afi == 2) {
        wr_u8(&m, 0x80), wr_u8(&m, 14), wr_u8(&m, 2 + 1 + 1 + 16 + 1 + 4);
        wr_u16(&m, 2), wr_u8(&m, 1), wr_u8(&m, 16), wr_u64(&m, 1), wr_u64(&m, 2), wr_u8(&m, 0);
        wr_u8(&m, 24), wr_u24(&m, 0x200100 | dice(PREFIXES));
    }
    wr_patch_u16(&m, attrs);
    for (unsigned n = afi == 1 ? 1 + dice(3) : 0; n > 0; n--)
        wr_u8(&m, 24), wr_u24(&m, 0x0a0000 | dice(PREFIXES));
    finish(&m, at);
    put_message(peer, JOURNAL_BGP_RECV, &m);
}

static void withdraw(unsigned peer)
{
    uint8_t raw[PAYLOAD_MAX];
    struct wr m = wr_of(raw, sizeof raw);
    size_t at = begin(&m, BGP_TYPE_UPDATE);
    wr_u16(&m, 4), wr_u8(&m, 24), wr_u24(&m, 0x0a0000 | dice(PREFIXES)), wr_u16(&m, 0);
    finish(&m, at);
    put_message(peer, JOURNAL_BGP_RECV, &m);
}

static void end_of_rib(unsigned peer, uint16_t afi)
{
    uint8_t raw[PAYLOAD_MAX];
    struct wr m = wr_of(raw, sizeof raw);
    size_t at = begin(&m, BGP_TYPE_UPDATE);
    wr_u16(&m, 0), wr_u16(&m, afi == 1 ? 0 : 6);
    if (afi == 2)
        wr_u24(&m, 0x800f03), wr_u16(&m, 2), wr_u8(&m, 1);
    finish(&m, at);
    put_message(peer, JOURNAL_BGP_RECV, &m);
}

static void refresh(unsigned peer, uint8_t what)
{
    uint8_t raw[PAYLOAD_MAX];
    struct wr m = wr_of(raw, sizeof raw);
    size_t at = begin(&m, BGP_TYPE_ROUTE_REFRESH);
    wr_u16(&m, 1), wr_u8(&m, what), wr_u8(&m, 1);
    finish(&m, at);
    put_message(peer, JOURNAL_BGP_RECV, &m);
}

static void notify(unsigned peer)
{
    uint8_t raw[PAYLOAD_MAX];
    struct wr m = wr_of(raw, sizeof raw);
    size_t at = begin(&m, BGP_TYPE_NOTIFICATION);
    wr_u8(&m, 6), wr_u8(&m, dice(4) == 0 ? 9 : 2);
    finish(&m, at);
    put_message(peer, dice(2) ? JOURNAL_BGP_RECV : JOURNAL_BGP_SENT, &m);
}

static void go_down(unsigned peer)
{
    if (dice(4) == 0)
        notify(peer);
    put_state(peer, SOURCE_STATE_ESTABLISHED, SOURCE_STATE_IDLE);
    put_frame(peer / 2, JOURNAL_GONE, w.source[peer], "x", 1);
    w.source[peer] = 0;
}

static void begin_anew(void)
{
    for (unsigned i = 0; i < PEERS; i++) {
        if (w.source[i] != 0)
            put_frame(i / 2, JOURNAL_GONE, w.source[i], "x", 1);
        w.source[i] = 0;
    }
    for (unsigned s = 0; s < SHARDS; s++)
        put_frame(s, JOURNAL_START, 0, NULL, 0);
}

/* ---- the topic ---- */

static uint64_t hash_of(uint64_t h, const void *p, size_t len)
{
    for (size_t i = 0; i < len; i++)
        h = (h ^ ((const uint8_t *)p)[i]) * UINT64_C(1099511628211);
    return h;
}

/* What was published before comes again as it was. */
static void check_repeated(const struct publish_record *r, const char *key, const char *value)
{
    const struct publish_slot *slot = &w.p->slots[r->topic];
    uint64_t id = hash_of(1, key, PUBLISH_KEY_LEN);
    id = hash_of(id, &slot->epoch_us, sizeof slot->epoch_us);
    id = hash_of(id, &slot->peer_seq, sizeof slot->peer_seq);
    id = hash_of(id, &r->part, sizeof r->part);
    uint64_t is = hash_of(hash_of(1, key, r->own_key.len), value, r->tombstone ? 0 : r->len);
    struct once *o = &w.once[id % SAID_MAX];
    while (o->id != 0 && o->id != id)
        o = o + 1 < w.once + SAID_MAX ? o + 1 : w.once;
    if (o->id == id) {
        w.repeated++;
        cr_assert_eq(o->value, is, "%.*s came twice, now as %.*s", (int)r->own_key.len, key,
                     (int)r->len, value);
    }
    *o = (struct once){id, is};
}

static struct said *said_of(const char *key, size_t len)
{
    for (size_t i = 0; i < w.key_cnt; i++) {
        if (w.keys[i].key_len == len && memcmp(w.keys[i].key, key, len) == 0)
            return &w.keys[i];
    }
    cr_assert(w.key_cnt < KEYS_MAX && len <= sizeof w.keys[0].key);
    struct said *s = &w.keys[w.key_cnt++];
    memcpy(s->key, key, len);
    s->key_len = len;
    return s;
}

static void take_records(void)
{
    for (size_t i = 0; i < w.p->record_cnt; i++) {
        const struct publish_record *r = &w.p->records[i];
        const char *key = w.p->keys.p + r->own_key.off, *value = w.p->out.p + r->off;
        check_repeated(r, key, value);
        struct said *s = said_of(key, r->own_key.len);
        free(s->value);
        s->value = r->tombstone ? NULL : strndup(value, r->len);
        s->value_len = r->tombstone ? 0 : r->len;
        cr_assert(r->nlri.len + r->attrs.len <= sizeof s->octets);
        s->nlri_len = r->nlri.len;
        s->attrs_len = r->attrs.len;
        memcpy(s->octets, w.p->keys.p + r->nlri.off, r->nlri.len);
        memcpy(s->octets + r->nlri.len, w.p->keys.p + r->attrs.off, r->attrs.len);
    }
}

static void peer_gone(void *arg, struct track_source *s, struct track_peer *p)
{
    (void)arg;
    if (!w.deaf)
        publish_peer_gone(w.p, s, p);
}

static void source_gone(void *arg, struct track_source *s)
{
    (void)arg;
    if (!w.deaf)
        publish_source_gone(w.p, s);
}

static void new_publisher(void)
{
    static const struct publish_topic topics[] = {{.name = "table", .format = PUBLISH_STATE}};
    const struct publish_options o = {.collector = "ix",
                                      .topics = topics,
                                      .topic_cnt = 1,
                                      .value_max = 100000,
                                      .has_shard = true};
    w.p = publish_new(&o);
    cr_assert_not_null(w.p);
    for (unsigned s = 0; s < SHARDS; s++) {
        w.track[s] = track_new(&(struct track_hooks){
            .peer_gone = peer_gone, .source_gone = source_gone, .shard = s});
        track_set_number(w.track[s], s);
    }
}

static void end_publisher(void)
{
    w.deaf = true;
    for (unsigned s = 0; s < SHARDS; s++)
        track_free(w.track[s]);
    publish_free(w.p);
    w.deaf = false;
}

static void end_overdue(const struct track_item *next)
{
    int made;
    while ((made = publish_due(w.p, next, w.now_ns)) > 0)
        take_records();
    cr_assert_eq(made, 0);
}

static void publish_all(void)
{
    for (; w.done < w.cnt; w.done++) {
        struct frame *f = &w.frames[w.done];
        struct track_item item;
        cr_assert_eq(track_feed(w.track[f->shard], &f->v, &item), 0);
        end_overdue(&item);
        publish_track(w.p, w.track[f->shard]);
        cr_assert_geq(publish_item(w.p, &item, NULL), 0);
        take_records();
    }
}

static void save(void)
{
    buf_clear(&w.saved);
    publish_save(w.p, &w.saved);
    w.saved_at = w.done;
}

/* Goes back to what was saved; what it published since comes again. */
static void crash(void)
{
    end_publisher();
    new_publisher();
    cr_assert_eq(publish_restore(w.p, w.saved.p, w.saved.len), 0);
    for (w.done = 0; w.done < w.saved_at; w.done++) {
        struct frame *f = &w.frames[w.done];
        struct track_item item;
        cr_assert_eq(track_feed(w.track[f->shard], &f->v, &item), 0);
    }
    publish_all();
}

/* ---- comparing ---- */

struct lines {
    char *line[KEYS_MAX];
    size_t cnt;
    const struct rib_feed *feed;
    const struct play *play;
};

static const uint8_t *addr_of(const struct lines *l, uint32_t peer)
{
    if (l->feed != NULL) {
        const struct rib_session *s = rib_feed_sessions(l->feed);
        while (s->updates.peer != peer)
            s = s->next;
        return s->addr.a;
    }
    const struct play_peer *p = l->play->first;
    while (p->updates.peer != peer)
        p = p->next;
    return p->who.addr;
}

static int add_node(void *arg, const struct rib_node_view *v)
{
    struct lines *l = arg;
    for (size_t i = 0; i < v->cnt; i++) {
        const struct rib_route *r = &v->routes[i];
        char nlri[40] = "", attrs[200] = "";
        fmt_hex(nlri, r->nlri.p, r->nlri.left);
        fmt_hex(attrs, r->attrs.p, r->attrs.left);
        cr_assert(l->cnt < KEYS_MAX);
        cr_assert_geq(asprintf(&l->line[l->cnt++], "%u %u %s %s", addr_of(l, r->peer)[3],
                               v->family, nlri, attrs),
                      0);
    }
    return 0;
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void walk(struct lines *l, const struct rib *rib)
{
    for (unsigned f = 0; f < nlri_map_cnt; f++)
        cr_assert_eq(rib_walk(rib, f, add_node, l), 0);
    qsort(l->line, l->cnt, sizeof l->line[0], compare_lines);
}

static void free_lines(struct lines *l)
{
    for (size_t i = 0; i < l->cnt; i++)
        free(l->line[i]);
}

/* Reads what is left of each key, in an order of its own. */
static void rebuild(struct play *play)
{
    struct rib_topic *t = rib_topic_new();
    size_t start = w.key_cnt > 0 ? dice((unsigned)w.key_cnt) : 0;
    for (size_t i = 0; i < w.key_cnt; i++) {
        const struct said *s = &w.keys[(start + i) % w.key_cnt];
        const struct rib_topic_record r = {
            .key = cur_of((const uint8_t *)s->key, s->key_len),
            .value = cur_of((const uint8_t *)s->value, s->value_len),
            .nlri = cur_of(s->octets, s->nlri_len),
            .attrs = cur_of(s->octets + s->nlri_len, s->attrs_len)};
        cr_assert_eq(rib_topic_take(t, &r), 1, "%.*s", (int)s->key_len, s->key);
    }
    cr_assert_eq(rib_topic_end(t, play), 0);
    rib_topic_free(t);
}

static void compare(void)
{
    static struct lines want, got;
    struct play *play = play_new();
    publish_all();
    w.now_ns += 2 * NS_PER_S; /* what is over by then is over for both */
    end_overdue(NULL);
    rib_feed_time(w.rib, (uint32_t)(w.now_ns / NS_PER_S) - 1);
    rebuild(play);
    want = (struct lines){.feed = w.rib};
    got = (struct lines){.play = play};
    walk(&want, rib_feed_rib(w.rib));
    walk(&got, play->rib);
    for (size_t i = 0; i < want.cnt || i < got.cnt; i++) {
        const char *a = i < want.cnt ? want.line[i] : "(none)";
        const char *b = i < got.cnt ? got.line[i] : "(none)";
        cr_assert_str_eq(a, b, "after %zu frames: the RIB has %s (%zu), the topic %s (%zu)",
                         w.cnt, a, want.cnt, b, got.cnt);
    }
    struct rib_feed_sums sums;
    rib_feed_get_sums(w.rib, &sums);
    w.compared++;
    w.nonempty += want.cnt > 0;
    w.stale += sums.stale > 0;
    free_lines(&want);
    free_lines(&got);
    play_free(play);
}

/* ---- the walk ---- */

static void act(void)
{
    unsigned peer = dice(PEERS), what = dice(100);
    if (what < 4) {
        w.now_ns += dice(40) * NS_PER_S;
    } else if (what < 5 && dice(4) == 0) {
        begin_anew();
    } else if (what < 8) {
        save();
    } else if (what < 10 && w.saved.len > 0) {
        crash();
    } else if (what < 20) {
        compare();
    } else if (w.source[peer] == 0) {
        if (dice(3) == 0)
            come_up(peer);
        else
            w.now_ns += dice(6) * NS_PER_S;
    } else if (what < 26) {
        go_down(peer);
    } else if (what < 40) {
        withdraw(peer);
    } else if (what < 50) {
        end_of_rib(peer, (uint16_t)(1 + dice(2)));
    } else if (what < 54) {
        refresh(peer, (uint8_t)(1 + dice(2)));
    } else {
        announce(peer, (uint16_t)(1 + dice(2)));
    }
    if (dice(3) == 0)
        publish_all();
}

static void run(uint64_t seed)
{
    free(w.saved.p);
    memset(&w, 0, sizeof w);
    w.seed = seed;
    w.now_ns = T0 * NS_PER_S;
    w.keys = calloc(KEYS_MAX, sizeof w.keys[0]);
    w.once = calloc(SAID_MAX, sizeof w.once[0]);
    w.rib = rib_feed_new(0);
    for (unsigned s = 0; s < SHARDS; s++) {
        struct track_hooks hooks = rib_feed_hooks(w.rib);
        hooks.shard = s;
        w.rib_track[s] = track_new(&hooks);
        track_set_number(w.rib_track[s], s);
    }
    new_publisher();
    while (w.cnt < 4000)
        act();
    compare();
    end_publisher();
    for (unsigned s = 0; s < SHARDS; s++)
        track_free(w.rib_track[s]);
    rib_feed_free(w.rib);
    for (size_t i = 0; i < w.key_cnt; i++)
        free(w.keys[i].value);
    free(w.keys);
    free(w.once);
    buf_free(&w.saved);
}

Test(table_restart, the_topic_is_the_rib, .timeout = 120)
{
    unsigned compared = 0, stale = 0, repeated = 0;
    const char *seed = getenv("RIBTAPE_SEED");
    for (uint64_t i = 1; i <= 8; i++) {
        run(i + (seed != NULL ? strtoull(seed, NULL, 10) : 0));
        compared += w.compared;
        stale += w.stale;
        repeated += w.repeated;
    }
    cr_log_info("%u comparisons, %u with stale routes, %u records repeated", compared, stale,
                repeated);
    cr_assert(compared > 1000 && stale > 100 && repeated > 1000, "%u %u %u", compared, stale,
              repeated);
}
