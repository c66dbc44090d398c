/* SPDX-License-Identifier: BSD-2-Clause */
/* rib_update: UPDATEs and route refreshes applied to a RIB. Floor F3. */
#include "schemas/rib/rib_update.h"

/* The message in hand and where it belongs. */
struct message {
    struct rib_update *r;
    struct rib_update_session *session;
    const struct bgp_ctx *ctx;
    uint32_t time_s;
};

static int note(struct rib_update *r, enum rib_result result)
{
    switch (result) {
    case RIB_FAILED:
        return -1;
    case RIB_NEW:
    case RIB_REPLACED:
        r->counts.announced++;
        break;
    case RIB_WITHDRAWN:
        r->counts.withdrawn++;
        break;
    case RIB_ABSENT:
        r->counts.absent++;
        break;
    case RIB_FULL:
        r->counts.refused++;
        break;
    case RIB_NO_KEY:
        r->counts.without_key++;
        break;
    }
    return 0;
}

/* Announces each NLRI of a section with a set of attributes, or withdraws it (set 0). */
static int apply_nlri(const struct message *m, const struct bgp_section *s, uint32_t attrs)
{
    struct nlri_iter it;
    struct nlri n;
    int got;
    nlri_iter_init(&it, s->family, m->ctx, bgp_update_cur(&m->r->u, s->nlri), attrs == 0);
    (void)nlri_settle_add_path(&it);
    while ((got = nlri_iter_next(&it, &n)) > 0) {
        enum rib_result rc =
            attrs != 0 ? rib_announce(m->r->rib, m->session->peer, &n, attrs, m->time_s)
                       : rib_withdraw(m->r->rib, m->session->peer, &n);
        if (rc == RIB_NEW)
            restart_hold(&m->session->restart, s->family);
        if (note(m->r, rc) != 0)
            return -1;
    }
    m->r->counts.malformed += got < 0;
    return 0;
}

static int announce(const struct message *m, const struct bgp_section *s, bool mp)
{
    struct wr w = wr_of(m->r->attrs, sizeof(m->r->attrs));
    struct rib_attrs *sets = rib_attrs_of(m->r->rib);
    if (!s->present)
        return 0;
    if (mrt_rib_attrs(&w, &m->r->u, mp, m->ctx) != 0)
        return apply_nlri(m, s, 0); /* treat as withdraw (RFC 7606 section 2) */
    uint32_t attrs = rib_attrs_hold(sets, w.buf, w.len);
    if (attrs == 0)
        return -1;
    int rc = apply_nlri(m, s, attrs);
    rib_attrs_release(sets, attrs);
    return rc;
}

static int apply_update(const struct message *m, const uint8_t *msg, uint32_t len)
{
    struct bgp_update *u = &m->r->u;
    uint16_t afi;
    uint8_t safi;
    m->r->counts.malformed += bgp_update_index(msg, len, m->ctx, u) != 0;
    if (bgp_update_is_eor(u, &afi, &safi)) {
        unsigned family = nlri_family_index(afi, safi);
        bgp_family_add(&m->session->complete, family);
        m->r->counts.withdrawn +=
            rib_restart_eor(&m->session->restart, m->r->rib, m->session->peer, family);
        return 0;
    }
    if ((u->withdrawn.present && apply_nlri(m, &u->withdrawn, 0) != 0) ||
        (u->mp_unreach.present && apply_nlri(m, &u->mp_unreach, 0) != 0))
        return -1;
    return announce(m, &u->announced, false) != 0 ? -1 : announce(m, &u->mp_reach, true);
}

/* AFI (2), subtype (1), SAFI (1): RFC 7313 section 3.2. An EoRR without BoRR is ignored
 * (section 4.2). */
static void apply_refresh(const struct message *m, const uint8_t *msg, uint32_t len)
{
    enum { BORR = 1, EORR = 2 };
    struct cur c = cur_of(msg, len);
    struct bgp_family_set *refreshing = &m->session->refreshing;
    uint16_t afi;
    uint8_t subtype, safi;
    if (!cur_skip(&c, BGP_HEADER_LEN) || !cur_u16(&c, &afi) || !cur_u8(&c, &subtype) ||
        !cur_u8(&c, &safi))
        return;
    unsigned family = nlri_family_index(afi, safi);
    if (family == BGP_FAMILY_NONE) /* nothing of it is stored */
        return;
    if (subtype == BORR) {
        rib_mark(m->r->rib, m->session->peer, family, RIB_MARK_REFRESH);
        bgp_family_add(refreshing, family);
    } else if (subtype == EORR && bgp_family_has(refreshing, family)) {
        m->r->counts.withdrawn +=
            rib_sweep(m->r->rib, m->session->peer, family, RIB_MARK_REFRESH);
        bgp_family_del(refreshing, family);
    }
}

static void learn(struct restart *g, bool sent, const uint8_t *msg, uint32_t len)
{
    uint8_t type = len >= BGP_HEADER_LEN ? msg[BGP_HEADER_LEN - 1] : 0;
    if (type == BGP_TYPE_OPEN)
        restart_open(g, sent, msg, len);
    else if (type == BGP_TYPE_NOTIFICATION)
        restart_notified(g, msg, len);
}

void rib_update_sent(struct rib_update_session *s, const uint8_t *msg, uint32_t len)
{
    learn(&s->restart, true, msg, len);
}

void rib_update_up(struct rib_update *r, struct rib_update_session *s, uint32_t time_s)
{
    if (s->restart.up)
        rib_update_down(r, s, time_s);
    s->complete = s->refreshing = (struct bgp_family_set){0};
    r->counts.withdrawn += rib_restart_up(&s->restart, r->rib, s->peer, time_s);
}

void rib_update_down(struct rib_update *r, struct rib_update_session *s, uint32_t time_s)
{
    s->complete = s->refreshing = (struct bgp_family_set){0};
    r->counts.withdrawn += rib_restart_down(&s->restart, r->rib, s->peer, time_s);
}

void rib_update_time(struct rib_update *r, struct rib_update_session *s, uint32_t time_s)
{
    r->counts.withdrawn += rib_restart_time(&s->restart, r->rib, s->peer, time_s);
}

int rib_update_message(struct rib_update *r, struct rib_update_session *s,
                       const struct bgp_ctx *ctx, const uint8_t *msg, uint32_t len,
                       uint32_t time_s)
{
    struct message m = {.r = r, .session = s, .ctx = ctx, .time_s = time_s};
    uint8_t type = len >= BGP_HEADER_LEN ? msg[BGP_HEADER_LEN - 1] : 0;
    if (type == BGP_TYPE_UPDATE)
        return apply_update(&m, msg, len);
    if (type == BGP_TYPE_ROUTE_REFRESH)
        apply_refresh(&m, msg, len);
    else
        learn(&s->restart, false, msg, len);
    return 0;
}
