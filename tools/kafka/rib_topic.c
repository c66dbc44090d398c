/* SPDX-License-Identifier: BSD-2-Clause */
/* rib_topic: keys, floors and routes of a table in Kafka. Floor F4. */
#include "tools/kafka/rib_topic.h"

#include <errno.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/json_read.h"
#include "base/parse.h"
#include "schemas/avro/avro_tape.h"

static const char brief_key[] = "no-llgr";

enum { VIEW_KEY_LEN = 16, KEY_PARTS_MAX = 5, US_PER_S = 1000000 };

/* A place in a view's stream. */
struct at {
    uint64_t epoch, seq;
};

struct family_floor {
    unsigned family; /* in nlri_map */
    bool brief;      /* of its routes with NO_LLGR alone (RFC 9494) */
    struct at at;
};

struct view {
    struct table_node node;
    char key[VIEW_KEY_LEN];
    uint32_t number; /* in the RIB aside */
    bool has_floor;
    struct at floor;
    struct family_floor *families; /* owned */
    size_t family_cnt;
    struct at who_at; /* of the record that said: */
    struct mrt_peer who;
    struct play_peer *peer;
};

/* Where a route was said. RIB entries have 32 bits for a time: aside, they are the index here.
 */
struct stamp {
    struct at at;
    uint32_t time_s;
    uint32_t next_free;
};

struct rib_topic {
    struct rib *rib; /* aside */
    struct table views;
    struct view **by_number; /* owned */
    uint32_t number_cap;
    struct stamp *stamps; /* owned */
    uint32_t stamp_cnt, stamp_cap, free_stamp;
    uint64_t hash_key[2];
    struct bgp_ctx ctx;
    struct avro tape; /* of the record in hand */
    struct buf scratch;
    uint64_t newest_s;
    struct play *play; /* at the end */
};

enum { NO_STAMP = UINT32_MAX };

/* ---- keys ---- */

/* VIEW, VIEW/AFI/SAFI, VIEW/AFI/SAFI/no-llgr, VIEW/AFI/SAFI/NLRI[/PATHID]: NLRI, in hex, only
 * tells routes apart. */
struct key {
    const char *view;
    unsigned parts, family; /* BGP_FAMILY_NONE: none that a RIB stores */
    bool brief;             /* no-llgr */
    bool has_path_id;
    uint32_t path_id;
};

static bool read_key(struct cur c, struct key *k)
{
    struct str part[KEY_PARTS_MAX];
    const char *p = (const char *)c.p, *end = p + c.left;
    uint64_t afi = 0, safi = 0, path_id = 0;
    *k = (struct key){.view = p, .family = BGP_FAMILY_NONE};
    for (;;) {
        const char *slash = p < end ? memchr(p, '/', (size_t)(end - p)) : NULL;
        if (k->parts == KEY_PARTS_MAX)
            return false;
        part[k->parts++] = str_at(p, (size_t)((slash != NULL ? slash : end) - p));
        if (slash == NULL)
            break;
        p = slash + 1;
    }
    if (part[0].len != VIEW_KEY_LEN || k->parts == 2)
        return false;
    if (k->parts > 2 && (!parse_u64(part[1].p, part[1].len, UINT16_MAX, &afi) ||
                         !parse_u64(part[2].p, part[2].len, UINT8_MAX, &safi)))
        return false;
    k->has_path_id = k->parts == 5;
    if (k->has_path_id && !parse_u64(part[4].p, part[4].len, UINT32_MAX, &path_id))
        return false;
    k->path_id = (uint32_t)path_id;
    k->brief = k->parts == 4 && part[3].len == sizeof brief_key - 1 &&
               memcmp(part[3].p, brief_key, sizeof brief_key - 1) == 0;
    if (k->parts > 2)
        k->family = nlri_family_index((uint16_t)afi, (uint8_t)safi);
    return true;
}

static bool is_route(const struct key *k)
{
    return k->parts > 3 && !k->brief;
}

/* ---- views ---- */

static bool reserve_number(struct rib_topic *t, uint32_t number)
{
    if (number < t->number_cap)
        return true;
    uint32_t cap = 2 * number + 16;
    struct view **v = reallocarray(t->by_number, cap, sizeof v[0]);
    if (v == NULL)
        return false;
    t->by_number = v;
    t->number_cap = cap;
    return true;
}

static struct view *add_view(struct rib_topic *t, const char *key, uint64_t hash)
{
    struct view *v = calloc(1, sizeof *v);
    if (v == NULL || table_reserve(&t->views) != 0)
        goto failed;
    v->number = rib_peer_add(t->rib, 0);
    if (v->number == RIB_PEER_NONE || !reserve_number(t, v->number))
        goto failed;
    memcpy(v->key, key, VIEW_KEY_LEN);
    v->node.hash = hash;
    t->by_number[v->number] = v;
    table_add(&t->views, &v->node);
    return v;
failed:
    free(v);
    errno = ENOMEM;
    return NULL;
}

static struct view *view_of(struct rib_topic *t, const char *key)
{
    uint64_t hash = hash_sip13(t->hash_key, key, VIEW_KEY_LEN);
    for (struct table_node *n = table_chain(&t->views, hash); n != NULL; n = n->next) {
        struct view *v = (struct view *)n;
        if (memcmp(v->key, key, VIEW_KEY_LEN) == 0)
            return v;
    }
    return add_view(t, key, hash);
}

static bool is_before(struct at a, struct at b)
{
    return a.epoch != b.epoch ? a.epoch < b.epoch : a.seq < b.seq;
}

/* ---- records ---- */

/* What a record says beside the route. */
struct said {
    struct at at;
    uint32_t time_s;
    bool has_floor;
    struct at floor;
    struct mrt_peer who;
};

static bool number_of(const struct token *t, uint64_t *v)
{
    *v = t != NULL && t->kind == TOKEN_U64 ? t->u : 0;
    return t != NULL && t->kind == TOKEN_U64;
}

static unsigned addr_of(const struct token *t, uint8_t addr[16])
{
    return t != NULL && t->kind == TOKEN_TEXT ? parse_addr(token_text(t), t->len, addr) : 0;
}

/* A Loc-RIB has no address: the router's stands for it, as in dumps. */
static void read_who(const struct token *record, struct mrt_peer *who)
{
    const struct token *peer = tape_find(record, "peer");
    uint8_t bgp_id[16];
    uint64_t asn;
    unsigned len = addr_of(tape_find(peer, "addr"), who->addr);
    if (len == 0)
        len = addr_of(tape_find(tape_find(record, "router"), "addr"), who->addr);
    who->addr_len = len == 16 ? 16 : 4;
    if (addr_of(tape_find(peer, "bgp_id"), bgp_id) == sizeof who->bgp_id)
        memcpy(who->bgp_id, bgp_id, sizeof who->bgp_id);
    (void)number_of(tape_find(peer, "asn"), &asn);
    who->asn = (uint32_t)asn;
}

static bool read_floor(const struct token *t, struct at *floor)
{
    if (t == NULL || t->kind != TOKEN_ARRAY || tape_first(t) == tape_end(t))
        return false;
    const struct token *epoch = tape_first(t), *seq = tape_next(epoch);
    return seq < tape_end(t) && number_of(epoch, &floor->epoch) && number_of(seq, &floor->seq);
}

/* Returns 1, 0 when it is no record, -1 when memory ran out. */
static int read_record(struct rib_topic *t, struct cur value, struct said *s)
{
    size_t off;
    buf_clear(&t->tape.tape);
    t->tape.depth = 0;
    if (json_read((const char *)value.p, value.left, EMIT_ITEM, &t->tape.emit, &t->scratch,
                  &off) != 0 ||
        t->tape.tape.failed)
        return t->tape.tape.failed || t->scratch.failed ? -1 : 0;
    const struct token *record = tape_at(t->tape.tape.p), *time = tape_find(record, "time");
    *s = (struct said){.at = {0}};
    s->has_floor = read_floor(tape_find(record, "floor"), &s->floor);
    if (time != NULL && time->kind == TOKEN_TIME)
        s->time_s = (uint32_t)(time->u / (US_PER_S * UINT64_C(1000)));
    read_who(record, &s->who);
    return number_of(tape_find(record, "epoch"), &s->at.epoch) &&
           number_of(tape_find(record, "peer_seq"), &s->at.seq);
}

static void learn(struct rib_topic *t, struct view *v, const struct said *s)
{
    if (!is_before(s->at, v->who_at)) {
        v->who = s->who;
        v->who_at = s->at;
    }
    if (s->time_s > t->newest_s)
        t->newest_s = s->time_s;
}

/* ---- floors ---- */

static int raise_family(struct view *v, const struct key *k, struct at floor)
{
    for (size_t i = 0; i < v->family_cnt; i++) {
        if (v->families[i].family != k->family || v->families[i].brief != k->brief)
            continue;
        if (is_before(v->families[i].at, floor))
            v->families[i].at = floor;
        return 0;
    }
    struct family_floor *more =
        reallocarray(v->families, v->family_cnt + 1, sizeof v->families[0]);
    if (more == NULL)
        return -1;
    v->families = more;
    v->families[v->family_cnt++] = (struct family_floor){k->family, k->brief, floor};
    return 0;
}

static int take_floor(struct view *v, const struct key *k, const struct said *s)
{
    if (k->parts > 1)
        return k->family == BGP_FAMILY_NONE ? 0 : raise_family(v, k, s->floor);
    if (is_before(v->floor, s->floor)) /* partitions are read in any order */
        v->floor = s->floor;
    v->has_floor = true;
    return 0;
}

static bool stands(const struct view *v, unsigned family, const struct rib_route *route,
                   struct at at)
{
    if (is_before(at, v->floor))
        return false;
    for (size_t i = 0; i < v->family_cnt; i++) {
        const struct family_floor *f = &v->families[i];
        if (f->family == family && is_before(at, f->at) &&
            (!f->brief || restart_is_short(route->attrs)))
            return false;
    }
    return true;
}

/* ---- routes ---- */

static uint32_t new_stamp(struct rib_topic *t)
{
    if (t->free_stamp != NO_STAMP) {
        uint32_t i = t->free_stamp;
        t->free_stamp = t->stamps[i].next_free;
        return i;
    }
    if (t->stamp_cnt == t->stamp_cap) {
        uint32_t cap = t->stamp_cap < 1024 ? 1024 : t->stamp_cap + t->stamp_cap / 2;
        struct stamp *v = cap > t->stamp_cap ? reallocarray(t->stamps, cap, sizeof v[0]) : NULL;
        if (v == NULL)
            return NO_STAMP;
        t->stamps = v;
        t->stamp_cap = cap;
    }
    return t->stamp_cnt++;
}

static void drop_stamp(struct rib_topic *t, uint32_t i)
{
    t->stamps[i].next_free = t->free_stamp;
    t->free_stamp = i;
}

static void withdraw(struct rib_topic *t, const struct view *v, const struct nlri *n)
{
    struct rib_route old;
    if (!rib_find(t->rib, v->number, n, &old))
        return;
    drop_stamp(t, old.time_s);
    (void)rib_withdraw(t->rib, v->number, n);
}

/* Returns 1, 0 when no RIB stores it, -1 when memory ran out. */
static int announce(struct rib_topic *t, const struct view *v, const struct nlri *n,
                    struct cur attrs, const struct said *s)
{
    struct rib_route old;
    bool known = rib_find(t->rib, v->number, n, &old);
    if (known && is_before(s->at, t->stamps[old.time_s].at))
        return 1; /* said before: its key was in another partition */
    uint32_t i = known ? old.time_s : new_stamp(t);
    uint32_t set = rib_attrs_hold(rib_attrs_of(t->rib), attrs.p, attrs.left);
    if (i == NO_STAMP || set == 0)
        return -1;
    t->stamps[i] = (struct stamp){.at = s->at, .time_s = s->time_s};
    enum rib_result rc = rib_announce(t->rib, v->number, n, set, i);
    rib_attrs_release(rib_attrs_of(t->rib), set);
    if (!known && rc != RIB_NEW)
        drop_stamp(t, i);
    return rc == RIB_FAILED ? -1 : rc != RIB_NO_KEY;
}

int rib_topic_take(struct rib_topic *t, const struct rib_topic_record *r)
{
    struct key k;
    struct said s;
    if (!read_key(r->key, &k) || (r->value.left == 0 && !is_route(&k)))
        return 0;
    struct view *v = view_of(t, k.view);
    if (v == NULL)
        return -1;
    int rc = r->value.left > 0 ? read_record(t, r->value, &s) : 1;
    if (rc != 1)
        return rc;
    if (r->value.left > 0)
        learn(t, v, &s);
    if (!is_route(&k))
        return !s.has_floor ? 0 : take_floor(v, &k, &s) == 0 ? 1 : -1;
    if (r->nlri.left == 0 || k.family == BGP_FAMILY_NONE)
        return 0;
    const struct nlri n = {.row = nlri_row_of(k.family),
                           .body = r->nlri,
                           .has_path_id = k.has_path_id,
                           .path_id = k.path_id,
                           .withdraw = r->value.left == 0,
                           .ctx = &t->ctx};
    if (!n.withdraw)
        return announce(t, v, &n, r->attrs, &s);
    withdraw(t, v, &n);
    return 1;
}

/* ---- the end ---- */

static int keep_route(struct rib_topic *t, unsigned family, const struct rib_route *route)
{
    struct view *v = t->by_number[route->peer];
    const struct stamp *stamp = &t->stamps[route->time_s];
    const struct nlri n = {.row = nlri_row_of(family),
                           .body = route->nlri,
                           .has_path_id = route->has_path_id,
                           .path_id = route->path_id,
                           .ctx = &t->ctx};
    if (!stands(v, family, route, stamp->at))
        return 0;
    struct rib_attrs *sets = rib_attrs_of(t->play->rib);
    uint32_t set = rib_attrs_hold(sets, route->attrs.p, route->attrs.left);
    if (set == 0)
        return -1;
    enum rib_result rc =
        rib_announce(t->play->rib, v->peer->updates.peer, &n, set, stamp->time_s);
    rib_attrs_release(sets, set);
    return rc == RIB_FAILED ? -1 : 0;
}

static int keep_node(void *arg, const struct rib_node_view *node)
{
    for (size_t i = 0; i < node->cnt; i++) {
        if (keep_route(arg, node->family, &node->routes[i]) != 0)
            return -1;
    }
    return 0;
}

/* By address, so that one table gives one order of peers, whatever came first. */
static int compare_views(const void *left, const void *right)
{
    const struct view *a = *(const struct view *const *)left;
    const struct view *b = *(const struct view *const *)right;
    int by_len = (a->who.addr_len > b->who.addr_len) - (a->who.addr_len < b->who.addr_len);
    int by_addr = memcmp(a->who.addr, b->who.addr, sizeof a->who.addr);
    if (by_len != 0 || by_addr != 0)
        return by_len != 0 ? by_len : by_addr;
    return memcmp(a->key, b->key, VIEW_KEY_LEN);
}

static int make_peers(struct rib_topic *t)
{
    struct view **v = calloc(t->views.cnt + 1, sizeof(struct view *));
    size_t cnt = 0;
    bool ok = v != NULL;
    for (size_t i = 0; ok && i < t->views.cap; i++) {
        for (struct table_node *n = t->views.bucket[i]; n != NULL; n = n->next)
            v[cnt++] = (struct view *)n;
    }
    if (ok)
        qsort(v, cnt, sizeof(struct view *), compare_views);
    for (size_t i = 0; ok && i < cnt; i++) {
        v[i]->peer = play_peer_new(t->play, &v[i]->who);
        ok = v[i]->peer != NULL;
        if (ok) {
            v[i]->peer->has_bgp_id = true;
            v[i]->peer->known = v[i]->has_floor;
        }
    }
    free(v);
    return ok ? 0 : -1;
}

int rib_topic_end(struct rib_topic *t, struct play *p)
{
    t->play = p;
    p->now_s = (uint32_t)t->newest_s;
    if (make_peers(t) != 0)
        return -1;
    for (unsigned f = 0; f < nlri_map_cnt; f++) {
        if (rib_walk(t->rib, f, keep_node, t) != 0)
            return -1;
    }
    return 0;
}

struct rib_topic *rib_topic_new(void)
{
    struct rib_topic *t = calloc(1, sizeof *t);
    if (t == NULL)
        return NULL;
    t->rib = rib_new();
    if (t->rib == NULL) {
        free(t);
        return NULL;
    }
    t->free_stamp = NO_STAMP;
    t->ctx.asn4 = true;
    hash_random_key(t->hash_key);
    avro_init(&t->tape);
    return t;
}

void rib_topic_free(struct rib_topic *t)
{
    if (t == NULL)
        return;
    for (size_t i = 0; i < t->views.cap; i++) {
        for (struct table_node *n = t->views.bucket[i], *next; n != NULL; n = next) {
            next = n->next;
            free(((struct view *)n)->families);
            free(n);
        }
    }
    table_free(&t->views);
    rib_free(t->rib);
    free(t->by_number);
    free(t->stamps);
    avro_free(&t->tape);
    buf_free(&t->scratch);
    free(t);
}
