/* SPDX-License-Identifier: BSD-2-Clause */
/* replay_bgp: a replay as BGP sessions, one for each peer of the capture. Floor F4. */
#include <stdlib.h>

#include "tools/generate/encode.h"
#include "tools/replay/recode.h"
#include "tools/replay/replay.h"
#include "tools/replay/replay_speaker.h"
#include "tools/replay/replay_table.h"

enum { HANDSHAKES_MAX = 128, HOLD_DEFAULT_S = 90 };

struct session {
    struct speaker speaker;
    struct replay *r;
    struct replay_peer *peer;
    struct bgp_open like;        /* the captured OPEN's index */
    struct bgp_family_set table; /* families whose routes a RIB dump brought */
    bool was_up;
};

struct sessions {
    struct session **v; /* by the peer's index; NULL: it has none */
    unsigned cnt;
    struct replay_table *table;
    bool gathering; /* the table may hold routes */
    uint8_t msg[BGP_MSG_EXT_MAX];
};

static struct session *session_of(const struct replay_peer *p)
{
    return p->session;
}

/* ---- opening ---- */

static void on_down(struct speaker *sp, const char *reason)
{
    struct session *s = sp->user;
    char name[REPLAY_NAME_MAX];
    s->r->lost++;
    replay_say(s->r, "%s: %s: %s", replay_peer_name(s->peer, name),
               s->was_up ? "session lost" : "no session", reason);
}

/* An IPv4 address is an identifier; of an IPv6 one, what its octets add up to is. */
static void make_id(const struct replay_peer *p, uint8_t id[4])
{
    static const uint8_t zero[4];
    const struct track_peer *w = &p->who;
    memset(id, 0, 4);
    if (w->has_bgp_id)
        memcpy(id, w->bgp_id, 4);
    for (unsigned i = 0; !w->has_bgp_id && i < w->addr.len; i++)
        id[i % 4] ^= w->addr.a[i];
    if (memcmp(id, zero, sizeof zero) == 0)
        id[3] = (uint8_t)(p->index % 255 + 1);
}

/* Returns 0 when nothing tells. */
static uint32_t asn_of(const struct replay *r, const struct replay_peer *p,
                       const struct replay_need *n, const struct bgp_open *captured)
{
    if (r->o.asn != 0)
        return r->o.asn + p->index % r->o.asn_cnt;
    if (p->who.asn == 0 && captured != NULL)
        return captured->asn;
    return p->who.asn != 0 ? p->who.asn : n->first_asn;
}

static void add_all(struct bgp_family_set *to, const struct bgp_family_set *from)
{
    for (size_t i = 0; i < sizeof to->bits / sizeof to->bits[0]; i++)
        to->bits[i] |= from->bits[i];
}

/* Makes the OPEN out of what the session needs and what the captured one said. The captured
 * one's own words about encodings don't count: what was agreed upon does. */
static void make_open(const struct replay *r, struct session *s, struct bgp_open *like)
{
    const struct replay_need *n = replay_peer_need(s->peer);
    struct encode_open *o = &s->speaker.open;
    bool captured = n->open[0] != NULL && bgp_open_index(n->open[0], n->open_len[0], like) == 0;
    struct bgp_offer offer = {.asn4 = true};
    if (captured)
        bgp_offer_of(like, &offer);
    *o = (struct encode_open){.asn = asn_of(r, s->peer, n, captured ? like : NULL),
                              .hold_time_s = captured ? like->hold_time : HOLD_DEFAULT_S,
                              .ext_msg = n->ext_msg || offer.ext_msg,
                              .families = n->families,
                              .add_path_tx = n->add_path,
                              .ext_next_hop = n->ext_next_hop,
                              .multi_label = n->multi_label,
                              .like = captured ? like : NULL};
    make_id(s->peer, o->bgp_id);
    add_all(&o->families, &offer.families);
    o->asn4 = n->as4 || (!n->as2 && offer.asn4) || o->asn > UINT16_MAX;
    if (r->o.hold_time_s >= 0)
        o->hold_time_s = (uint16_t)r->o.hold_time_s;
}

static bool is_opening(const struct session *s)
{
    return s->speaker.state > SPEAKER_DOWN && s->speaker.state < SPEAKER_UP;
}

static void start(struct replay *r, struct session *s)
{
    make_open(r, s, &s->like);
    s->was_up = false;
    replay_link_init(r, &s->speaker.link, s->peer->index);
    speaker_start(&s->speaker);
}

static unsigned count_opening(const struct sessions *ss)
{
    unsigned n = 0;
    for (unsigned i = 0; i < ss->cnt; i++)
        n += ss->v[i] != NULL && is_opening(ss->v[i]);
    return n;
}

/* Waits for one session. */
static void settle(struct replay *r, struct session *s)
{
    while (is_opening(s) && !r->stopped)
        replay_wait(r, UINT64_MAX);
    if (s->speaker.state == SPEAKER_UP && !s->was_up) {
        s->was_up = true;
        r->up++;
    }
}

static struct session *add_session(struct replay *r, struct sessions *ss, struct replay_peer *p)
{
    struct session *s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    s->r = r;
    s->peer = p;
    s->speaker.down = on_down;
    s->speaker.user = s;
    p->session = s;
    return ss->v[p->index] = s;
}

/* Opens all sessions, some at a time. */
static int open_all(struct replay *r)
{
    struct sessions *ss = r->state;
    for (unsigned i = 0; i < ss->cnt && !r->stopped; i++) {
        struct replay_peer *p = replay_book_peer(r->book, i);
        if (p->crowd || p->need_cnt == 0)
            continue;
        struct session *s = add_session(r, ss, p);
        if (s == NULL)
            return -1;
        while (count_opening(ss) >= HANDSHAKES_MAX && !r->stopped)
            replay_wait(r, UINT64_MAX);
        start(r, s);
    }
    for (unsigned i = 0; i < ss->cnt; i++) {
        if (ss->v[i] != NULL)
            settle(r, ss->v[i]);
    }
    return 0;
}

/* ---- sending ---- */

/* Sends a whole message when its session stands, once there is room for it. */
static void send_message(struct replay *r, struct session *s, const uint8_t *msg, size_t len)
{
    while (s->speaker.state == SPEAKER_UP && !r->stopped &&
           replay_link_queued(&s->speaker.link) > REPLAY_QUEUE_MAX)
        replay_wait(r, UINT64_MAX);
    if (s->speaker.state != SPEAKER_UP || r->stopped) {
        replay_skip(r, r->stopped ? REPLAY_SKIP_STOPPED : REPLAY_SKIP_DOWN);
        return;
    }
    speaker_send(&s->speaker, msg, len);
    replay_sent(r, len);
}

static void on_table_update(void *arg, struct replay_peer *p, const uint8_t *msg, size_t len,
                            unsigned routes)
{
    (void)routes;
    send_message((struct replay *)arg, session_of(p), msg, len);
}

/* Sends what was gathered of a RIB dump, and the End-of-RIBs of its families. */
static void end_table(struct replay *r, struct sessions *ss)
{
    if (!ss->gathering)
        return;
    ss->gathering = false;
    replay_table_flush(ss->table, NULL);
    for (unsigned i = 0; i < ss->cnt; i++) {
        struct session *s = ss->v[i];
        for (unsigned f = 0; s != NULL && f < nlri_map_cnt; f++) {
            uint8_t msg[64];
            struct wr w = wr_of(msg, sizeof msg);
            if (!bgp_family_has(&s->table, f) || s->speaker.state != SPEAKER_UP || r->stopped)
                continue;
            encode_eor_of(&w, nlri_map[f].afi, nlri_map[f].safi);
            send_message(r, s, msg, w.len);
            r->eors++;
        }
        if (s != NULL)
            memset(&s->table, 0, sizeof s->table);
    }
}

/* Returns why a section can't go over a session, if it can't. */
static enum replay_skip judge_section(const struct speaker *sp, const struct bgp_update *u,
                                      const struct bgp_section *s, const struct bgp_ctx *ctx,
                                      bool withdraw)
{
    enum { IPV6_LEN = 16 };
    if (!s->present)
        return REPLAY_SKIP_NONE;
    if (s->family == BGP_FAMILY_NONE || !bgp_family_has(&sp->families, s->family))
        return REPLAY_SKIP_FAMILY;
    bool path_ids = s->nlri.len > 0 && replay_add_path(u, s, ctx, withdraw);
    if (s->nlri.len > 0 && path_ids != bgp_family_has(&sp->ctx.add_path, s->family))
        return REPLAY_SKIP_ADD_PATH;
    bool wide = s->afi == BGP_AFI_IPV4 && s->next_hop.len >= IPV6_LEN && !withdraw;
    return wide && !bgp_family_has(&sp->ctx.ext_next_hop, s->family) ? REPLAY_SKIP_NEXT_HOP
                                                                     : REPLAY_SKIP_NONE;
}

static enum replay_skip judge(const struct speaker *sp, const struct bgp_update *u,
                              const struct bgp_ctx *ctx)
{
    const struct bgp_section *const sections[] = {&u->withdrawn, &u->announced, &u->mp_reach,
                                                  &u->mp_unreach};
    for (unsigned i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        bool withdraw = sections[i] == &u->withdrawn || sections[i] == &u->mp_unreach;
        enum replay_skip why = judge_section(sp, u, sections[i], ctx, withdraw);
        if (why != REPLAY_SKIP_NONE)
            return why;
    }
    return REPLAY_SKIP_NONE;
}

static unsigned width_of(const struct speaker *sp)
{
    return sp->ctx.asn4 ? 4 : 2;
}

static size_t longest(const struct speaker *sp)
{
    return sp->ctx.ext_msg ? BGP_MSG_EXT_MAX : BGP_MSG_MAX;
}

static void take_update(struct replay *r, struct session *s, const struct replay_item *item)
{
    struct sessions *ss = r->state;
    const struct speaker *sp = &s->speaker;
    struct cur msg = cur_of(item->msg, item->len);
    struct bgp_update u;
    enum replay_skip why = REPLAY_SKIP_NONE;
    if (sp->state != SPEAKER_UP) {
        replay_skip(r, REPLAY_SKIP_DOWN);
        return;
    }
    if (bgp_update_index(msg.p, msg.left, item->ctx, &u) == 0) { /* else: as it is */
        unsigned width = recode_width(&u, item->ctx);
        struct wr w = wr_of(ss->msg, sizeof ss->msg);
        why = judge(sp, &u, item->ctx);
        if (why == REPLAY_SKIP_NONE && width != 0 && width != width_of(sp)) {
            if (recode_update(&w, &u, width, width_of(sp)) != 0)
                why = REPLAY_SKIP_WIDTH;
            msg = cur_of(w.buf, w.len);
            r->recoded += why == REPLAY_SKIP_NONE;
        }
    }
    if (why == REPLAY_SKIP_NONE && msg.left > longest(sp))
        why = REPLAY_SKIP_LONG;
    if (why != REPLAY_SKIP_NONE)
        replay_skip(r, why);
    else
        send_message(r, s, msg.p, msg.left);
}

static void take_route(struct replay *r, struct session *s, const struct replay_item *item)
{
    struct sessions *ss = r->state;
    const struct speaker *sp = &s->speaker;
    unsigned family = item->rib->family;
    enum replay_skip why = REPLAY_SKIP_NONE;
    if (sp->state != SPEAKER_UP)
        why = REPLAY_SKIP_DOWN;
    else if (family == BGP_FAMILY_NONE || !bgp_family_has(&sp->families, family))
        why = REPLAY_SKIP_FAMILY;
    if (why == REPLAY_SKIP_NONE) {
        struct replay_table_form form = {.as_width = width_of(sp),
                                         .path_ids = bgp_family_has(&sp->ctx.add_path, family),
                                         .len_max = longest(sp)};
        why = replay_table_add(ss->table, s->peer, item->rib, item->ctx, &form);
    }
    if (why != REPLAY_SKIP_NONE) {
        replay_skip(r, why);
        return;
    }
    ss->gathering = true;
    bgp_family_add(&s->table, family);
}

/* ---- the target ---- */

static void end_session(struct replay *r, struct session *s, const struct replay_item *item)
{
    bool theirs = item->msg != NULL && item->kind == REPLAY_DOWN && !item->sent;
    speaker_close(&s->speaker, theirs ? item->msg : NULL, theirs ? item->len : 0);
    while (s->speaker.state == SPEAKER_CLOSING && !r->stopped)
        replay_wait(r, UINT64_MAX);
}

static void bgp_take(struct replay *r, const struct replay_item *item,
                     const struct decode_event *ev)
{
    struct sessions *ss = r->state;
    struct session *s = session_of(item->peer);
    (void)ev;
    if (item->kind != REPLAY_ROUTE)
        end_table(r, ss);
    if (s == NULL) { /* its need came since the first reading: a live journal's */
        replay_skip(r, REPLAY_SKIP_CROWD);
        return;
    }
    if (item->kind == REPLAY_DOWN || item->restarted)
        end_session(r, s, item);
    if (item->began && item->peer->epoch > 1) {
        start(r, s);
        settle(r, s);
    }
    if (item->kind == REPLAY_UPDATE)
        take_update(r, s, item);
    else if (item->kind == REPLAY_ROUTE)
        take_route(r, s, item);
}

static int bgp_open(struct replay *r)
{
    struct sessions *ss = calloc(1, sizeof *ss);
    struct replay_table_hooks hooks = {on_table_update, r};
    r->state = ss;
    if (ss == NULL)
        return -1;
    ss->cnt = replay_book_cnt(r->book);
    ss->v = calloc(ss->cnt + 1, sizeof(struct session *));
    ss->table = replay_table_new(&hooks);
    return ss->v == NULL || ss->table == NULL ? -1 : open_all(r);
}

static void bgp_end(struct replay *r)
{
    end_table(r, r->state);
}

static bool bgp_idle(const struct replay *r)
{
    const struct sessions *ss = r->state;
    for (unsigned i = 0; i < ss->cnt; i++) {
        const struct replay_link *l = ss->v[i] != NULL ? &ss->v[i]->speaker.link : NULL;
        if (l != NULL && replay_link_queued(l) + replay_link_unacked(l) > 0)
            return false;
    }
    return true;
}

static void bgp_close(struct replay *r)
{
    struct sessions *ss = r->state;
    for (unsigned i = 0; i < ss->cnt; i++) {
        if (ss->v[i] != NULL)
            speaker_close(&ss->v[i]->speaker, NULL, 0);
    }
}

static bool bgp_closed(const struct replay *r)
{
    const struct sessions *ss = r->state;
    for (unsigned i = 0; i < ss->cnt; i++) {
        if (ss->v[i] != NULL && ss->v[i]->speaker.state != SPEAKER_DOWN)
            return false;
    }
    return true;
}

static void bgp_drop(struct replay *r)
{
    struct sessions *ss = r->state;
    if (ss == NULL)
        return;
    for (unsigned i = 0; ss->v != NULL && i < ss->cnt; i++) {
        if (ss->v[i] != NULL)
            speaker_free(&ss->v[i]->speaker);
        free(ss->v[i]);
    }
    replay_table_free(ss->table);
    free(ss->v);
    free(ss);
}

const struct replay_target replay_bgp = {
    .scheme = "bgp",
    .of = "sessions",
    .open = bgp_open,
    .take = bgp_take,
    .end = bgp_end,
    .idle = bgp_idle,
    .close = bgp_close,
    .closed = bgp_closed,
    .drop = bgp_drop,
};
