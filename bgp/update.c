/* SPDX-License-Identifier: BSD-2-Clause */
/* update: the index pass over an UPDATE, and the checks of RFC 7606 that need more. Floor F1.
 *
 *     +----------------------------------+
 *     | withdrawn routes length (2)      |
 *     | withdrawn routes                 |
 *     | total path attribute length (2)  |
 *     | path attributes                  |
 *     | NLRI                             |
 *     +----------------------------------+        RFC 4271 section 4.3
 */
#include "bgp/update.h"

#include "bgp/attr_map.h"
#include "bgp/nlri_map.h"

static struct bgp_span span_of(const struct cur *c)
{
    return (struct bgp_span){c->off, c->left};
}

static void add_diag(struct bgp_update *u, uint8_t action, uint8_t reason, uint8_t attr,
                     const struct cur *c)
{
    bgp_diag_add(&u->diags, (struct bgp_diag){.action = action,
                                              .reason = reason,
                                              .attr = attr,
                                              .off = c->failed ? c->fail_off : c->off,
                                              .need = c->failed ? c->need : 0,
                                              .have = c->left});
}

static void init(struct bgp_update *u, const uint8_t *msg, size_t len)
{
    u->msg = msg;
    u->len = (uint32_t)len;
    u->withdrawn.present = u->announced.present = false;
    u->mp_reach.present = u->mp_unreach.present = false;
    u->attrs = (struct bgp_span){0, 0};
    memset(u->seen, 0, sizeof u->seen);
    u->attr_cnt = u->attr_lost = 0;
    bgp_diags_init(&u->diags);
}

static void set_ipv4(struct bgp_section *s, const struct cur *c)
{
    s->present = true;
    s->afi = BGP_AFI_IPV4;
    s->safi = BGP_SAFI_UNICAST;
    s->family = NLRI_IPV4_UNICAST;
    s->next_hop = (struct bgp_span){0, 0};
    s->nlri = span_of(c);
}

static bool next_hop_fits(unsigned family, uint32_t len)
{
    const uint8_t *lens = nlri_row_of(family)->next_hop_lens;
    if (lens[0] == 0)
        return true;
    for (unsigned i = 0; i < sizeof nlri_map[0].next_hop_lens && lens[i] != 0; i++) {
        if (lens[i] == len)
            return true;
    }
    return false;
}

/* MP_REACH_NLRI: AFI (2), SAFI (1), next hop length (1), next hop, reserved (1), NLRI (RFC 4760
 * section 3). */
static void index_reach(struct bgp_update *u, struct cur c)
{
    struct bgp_section *s = &u->mp_reach;
    uint8_t nh_len;
    struct cur next_hop;
    if (!cur_u16(&c, &s->afi) || !cur_u8(&c, &s->safi) || !cur_u8(&c, &nh_len) ||
        !cur_take(&c, nh_len, &next_hop) || !cur_skip(&c, 1)) {
        add_diag(u, BGP_ACTION_SESSION_RESET, BGP_REASON_TRUNCATED, ATTR_MP_REACH_NLRI, &c);
        return; /* RFC 7606 section 5.3: NLRI can't be located */
    }
    s->present = true;
    s->family = nlri_family_index(s->afi, s->safi);
    s->next_hop = span_of(&next_hop);
    s->nlri = span_of(&c);
    if (!next_hop_fits(s->family, nh_len)) /* RFC 7606 section 7.11 */
        bgp_diag_add(&u->diags,
                     (struct bgp_diag){.action = BGP_ACTION_AFI_SAFI_DISABLE,
                                       .reason = BGP_REASON_NEXT_HOP_LENGTH,
                                       .attr = ATTR_MP_REACH_NLRI,
                                       .afi = s->afi,
                                       .safi = s->safi,
                                       .off = next_hop.off - 1,
                                       .need = nlri_row_of(s->family)->next_hop_lens[0],
                                       .have = nh_len});
}

/* MP_UNREACH_NLRI: AFI (2), SAFI (1), withdrawn routes (RFC 4760 section 4). */
static void index_unreach(struct bgp_update *u, struct cur c)
{
    struct bgp_section *s = &u->mp_unreach;
    if (!cur_u16(&c, &s->afi) || !cur_u8(&c, &s->safi)) {
        add_diag(u, BGP_ACTION_SESSION_RESET, BGP_REASON_TRUNCATED, ATTR_MP_UNREACH_NLRI, &c);
        return;
    }
    s->present = true;
    s->family = nlri_family_index(s->afi, s->safi);
    s->next_hop = (struct bgp_span){0, 0};
    s->nlri = span_of(&c);
}

/* A second MP_REACH or MP_UNREACH resets the session, any other repetition is discarded (RFC
 * 7606 section 3 g). */
static void note_duplicate(struct bgp_update *u, const struct attr_head *a)
{
    bool mp = a->code == ATTR_MP_REACH_NLRI || a->code == ATTR_MP_UNREACH_NLRI;
    struct cur value = cur_at(a->p, a->len, a->off);
    add_diag(u, mp ? BGP_ACTION_SESSION_RESET : BGP_ACTION_ATTRIBUTE_DISCARD,
             BGP_REASON_DUPLICATE, a->code, &value);
}

static void note_too_many(struct bgp_update *u, const struct attr_head *a)
{
    struct cur value = cur_at(a->p, a->len, a->off);
    if (u->attr_lost++ == 0)
        add_diag(u, BGP_ACTION_NOTE, BGP_REASON_TOO_MANY, a->code, &value);
}

/* Returns whether it is the first of its code. */
static inline bool add_attr(struct bgp_update *u, const struct attr_head *a)
{
    uint64_t bit = (uint64_t)1 << (a->code % 64);
    bool again = (u->seen[a->code / 64] & bit) != 0;
    u->seen[a->code / 64] |= bit;
    if (u->attr_cnt < BGP_ATTRS_MAX)
        u->attr[u->attr_cnt++] =
            (struct bgp_attr){.code = a->code, .flags = a->flags, .len = a->len, .off = a->off};
    else
        note_too_many(u, a);
    if (again)
        note_duplicate(u, a);
    return !again;
}

/* Returns 0, or -1 when an attribute overruns the run (RFC 7606 section 4: treat as withdraw;
 * NLRI after the attributes can still be located). */
static int index_attrs(struct bgp_update *u, struct cur c)
{
    struct attr_head a;
    int r;
    u->attrs = span_of(&c);
    while ((r = attr_next_head(&c, &a)) > 0) {
        bool first = add_attr(u, &a);
        if (a.code == ATTR_MP_REACH_NLRI && first)
            index_reach(u, cur_at(a.p, a.len, a.off));
        else if (a.code == ATTR_MP_UNREACH_NLRI && first)
            index_unreach(u, cur_at(a.p, a.len, a.off));
    }
    if (r < 0)
        add_diag(u, BGP_ACTION_TREAT_AS_WITHDRAW, BGP_REASON_TRUNCATED, 0, &c);
    return r;
}

int bgp_update_index(const uint8_t *msg, size_t len, const struct bgp_ctx *ctx,
                     struct bgp_update *u)
{
    (void)ctx; /* where things are depends on nothing negotiated */
    init(u, msg, len);
    struct cur c = cur_of(msg, len), withdrawn, attrs;
    uint16_t withdrawn_len, attrs_len;
    if (!cur_skip(&c, BGP_HEADER_LEN) || !cur_u16(&c, &withdrawn_len) ||
        !cur_take(&c, withdrawn_len, &withdrawn) || !cur_u16(&c, &attrs_len) ||
        !cur_take(&c, attrs_len, &attrs)) {
        add_diag(u, BGP_ACTION_SESSION_RESET, BGP_REASON_LENGTH, 0, &c);
        return -1; /* RFC 4271 section 6.3, Malformed Attribute List */
    }
    if (withdrawn.left > 0)
        set_ipv4(&u->withdrawn, &withdrawn);
    if (c.left > 0)
        set_ipv4(&u->announced, &c);
    return index_attrs(u, attrs) < 0 ? -1 : 0;
}

/* MP_REACH_NLRI of a RIB entry holds the next hop alone (RFC 6396 section 4.3.4): its first
 * octet is a length, where the full form has the high octet of an AFI, zero for all but private
 * AFIs. */
static void index_abbreviated_reach(struct bgp_update *u)
{
    const struct bgp_attr *a = bgp_update_attr(u, ATTR_MP_REACH_NLRI);
    uint8_t first;
    struct cur c, next_hop;
    if (a == NULL)
        return;
    c = cur_at(u->msg + a->off, a->len, a->off);
    if (!cur_u8(&c, &first) || first == 0 || !cur_take(&c, first, &next_hop))
        return;
    u->mp_reach = (struct bgp_section){.present = true,
                                       .family = BGP_FAMILY_NONE,
                                       .next_hop = span_of(&next_hop),
                                       .nlri = span_of(&c)};
}

int bgp_attrs_index(const uint8_t *p, size_t len, const struct bgp_ctx *ctx,
                    struct bgp_update *u)
{
    (void)ctx;
    init(u, p, len);
    struct cur c = cur_of(p, len);
    u->attrs = span_of(&c);
    struct attr_head a;
    int r;
    while ((r = attr_next_head(&c, &a)) > 0) {
        bool full = a.len > 0 && a.p[0] == 0;
        if (add_attr(u, &a) && a.code == ATTR_MP_REACH_NLRI && full)
            index_reach(u, cur_at(a.p, a.len, a.off));
    }
    if (r < 0)
        add_diag(u, BGP_ACTION_TREAT_AS_WITHDRAW, BGP_REASON_TRUNCATED, 0, &c);
    if (!u->mp_reach.present)
        index_abbreviated_reach(u);
    return r;
}

const struct bgp_attr *bgp_update_attr(const struct bgp_update *u, uint8_t code)
{
    if (!bgp_update_has(u, code))
        return NULL;
    for (unsigned i = 0; i < u->attr_cnt; i++) {
        if (u->attr[i].code == code)
            return &u->attr[i];
    }
    return NULL;
}

/* ORIGIN and AS_PATH with any announcement, NEXT_HOP with IPv4 unicast NLRI (RFC 7606 section 3
 * d). */
static void check_mandatory(struct bgp_update *u)
{
    bool ipv4 = u->announced.present;
    bool any = ipv4 || (u->mp_reach.present && u->mp_reach.nlri.len > 0);
    const uint64_t all = UINT64_C(1) << ATTR_ORIGIN | UINT64_C(1) << ATTR_AS_PATH |
                         (uint64_t)ipv4 << ATTR_NEXT_HOP;
    if (!any || (u->seen[0] & all) == all)
        return;
    const struct {
        uint8_t code;
        bool needed;
    } wanted[] = {{ATTR_ORIGIN, any}, {ATTR_AS_PATH, any}, {ATTR_NEXT_HOP, ipv4}};
    for (unsigned i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        if (wanted[i].needed && !bgp_update_has(u, wanted[i].code))
            bgp_diag_add(&u->diags, (struct bgp_diag){.action = BGP_ACTION_TREAT_AS_WITHDRAW,
                                                      .reason = BGP_REASON_MISSING,
                                                      .attr = wanted[i].code,
                                                      .off = u->attrs.off});
    }
}

static void check_attrs(struct bgp_update *u, const struct bgp_ctx *ctx)
{
    for (unsigned i = 0; i < u->attr_cnt; i++) {
        const struct bgp_attr *a = &u->attr[i];
        const struct attr_row *row = attr_row_of(a->code);
        struct cur value = cur_at(u->msg + a->off, a->len, a->off);
        if (row == NULL || attr_is_plain(row, a->flags, value, ctx))
            continue;
        struct attr_in in = {.code = a->code,
                             .flags = a->flags,
                             .value = value,
                             .ctx = ctx,
                             .diags = &u->diags};
        (void)attr_decode(row, &in, &emit_null);
    }
}

/* The RFC's answer to NLRI that don't parse: for the IPv4 fields of the UPDATE a session reset
 * (RFC 7606 section 5.3 with RFC 4271 section 6.3), for the multiprotocol ones disabling the
 * family at the mildest. */
static void check_section(struct bgp_update *u, const struct bgp_ctx *ctx,
                          const struct bgp_section *s, bool withdraw, uint8_t attr)
{
    if (!s->present)
        return;
    struct nlri_iter it;
    nlri_iter_init(&it, s->family, ctx, bgp_update_cur(u, s->nlri), withdraw);
    if (nlri_count_plain(&it) >= 0)
        return;
    struct bgp_diag diag = {.attr = attr,
                            .afi = s->afi,
                            .safi = s->safi,
                            .action =
                                attr ? BGP_ACTION_AFI_SAFI_DISABLE : BGP_ACTION_SESSION_RESET};
    if (nlri_settle_add_path(&it))
        bgp_diag_add(&u->diags, (struct bgp_diag){.action = BGP_ACTION_NOTE,
                                                  .reason = BGP_REASON_ADD_PATH_MISMATCH,
                                                  .attr = attr,
                                                  .afi = s->afi,
                                                  .safi = s->safi,
                                                  .off = s->nlri.off,
                                                  .have = it.add_path});
    struct nlri n;
    int r;
    while ((r = nlri_iter_next(&it, &n)) != 0) {
        struct nlri_fault fault = it.fault;
        if (r > 0 && n.row->decode(&n, &emit_null, &fault) == 0)
            continue;
        diag.reason = fault.reason;
        diag.off = fault.off;
        diag.need = fault.need;
        diag.have = fault.have;
        bgp_diag_add(&u->diags, diag);
        if (r < 0)
            return;
    }
}

void bgp_update_check(struct bgp_update *u, const struct bgp_ctx *ctx, bool values)
{
    check_mandatory(u);
    if (!values)
        return;
    check_attrs(u, ctx);
    check_section(u, ctx, &u->withdrawn, true, 0);
    check_section(u, ctx, &u->announced, false, 0);
    check_section(u, ctx, &u->mp_reach, false, ATTR_MP_REACH_NLRI);
    check_section(u, ctx, &u->mp_unreach, true, ATTR_MP_UNREACH_NLRI);
}

bool bgp_update_is_eor(const struct bgp_update *u, uint16_t *afi, uint8_t *safi)
{
    if (u->withdrawn.present || u->announced.present || u->diags.worst > BGP_ACTION_NOTE)
        return false;
    if (u->attrs.len == 0) { /* RFC 4724 section 2: IPv4 unicast */
        *afi = BGP_AFI_IPV4;
        *safi = BGP_SAFI_UNICAST;
        return true;
    }
    if (u->attr_cnt != 1 || !u->mp_unreach.present || u->mp_unreach.nlri.len != 0)
        return false;
    *afi = u->mp_unreach.afi;
    *safi = u->mp_unreach.safi;
    return true;
}
