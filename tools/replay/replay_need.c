/* SPDX-License-Identifier: BSD-2-Clause */
/* replay_need: what UPDATEs and RIB entries need of the session that carries them. Floor F4. */
#include <stdlib.h>

#include "bgp/as_path.h"
#include "bgp/attr_map.h"
#include "tools/replay/recode.h"
#include "tools/replay/replay_book.h"

enum { IPV6_NEXT_HOP_LEN = 16 };

bool replay_add_path(const struct bgp_update *u, const struct bgp_section *s,
                     const struct bgp_ctx *ctx, bool withdraw)
{
    struct nlri_iter it;
    nlri_iter_init(&it, s->family, ctx, bgp_update_cur(u, s->nlri), withdraw);
    (void)nlri_settle_add_path(&it);
    return it.add_path;
}

static void learn_width(struct replay_need *n, unsigned width)
{
    n->as2 |= width == 2;
    n->as4 |= width == 4;
}

/* Of a peer without OPEN nothing else tells its AS. */
static void learn_asn(struct replay_need *n, const struct bgp_update *u, unsigned width)
{
    const struct bgp_attr *a = bgp_update_attr(u, ATTR_AS_PATH);
    struct as_segment s;
    struct nlri_fault fault;
    if (n->first_asn != 0 || a == NULL || a->len == 0)
        return;
    struct cur c = cur_of(u->msg + a->off, a->len);
    if (as_path_next(&c, width, &s, &fault) > 0)
        (void)as_segment_next(&s, &n->first_asn);
}

static void learn_section(struct replay_need *n, const struct bgp_update *u,
                          const struct bgp_section *s, const struct bgp_ctx *ctx, bool withdraw)
{
    if (!s->present || s->family == BGP_FAMILY_NONE)
        return;
    bgp_family_add(&n->families, s->family);
    if (s->nlri.len == 0)
        return;
    if (replay_add_path(u, s, ctx, withdraw))
        bgp_family_add(&n->add_path, s->family);
    if (bgp_family_has(&ctx->multi_label, s->family))
        bgp_family_add(&n->multi_label, s->family);
    if (s->afi == BGP_AFI_IPV4 && s->next_hop.len >= IPV6_NEXT_HOP_LEN && !withdraw)
        bgp_family_add(&n->ext_next_hop, s->family);
}

void replay_need_update(struct replay_need *n, const uint8_t *msg, size_t len,
                        const struct bgp_ctx *ctx)
{
    struct bgp_update u;
    uint16_t afi;
    uint8_t safi;
    n->ext_msg |= len > BGP_MSG_MAX;
    if (bgp_update_index(msg, len, ctx, &u) != 0)
        return; /* goes out as it is */
    if (bgp_update_is_eor(&u, &afi, &safi) && nlri_family_index(afi, safi) != BGP_FAMILY_NONE)
        bgp_family_add(&n->families, nlri_family_index(afi, safi));
    unsigned width = recode_width(&u, ctx);
    learn_width(n, width);
    learn_asn(n, &u, width);
    learn_section(n, &u, &u.withdrawn, ctx, true);
    learn_section(n, &u, &u.announced, ctx, false);
    learn_section(n, &u, &u.mp_reach, ctx, false);
    learn_section(n, &u, &u.mp_unreach, ctx, true);
}

void replay_need_route(struct replay_need *n, const struct mrt_rib *rib,
                       const struct bgp_ctx *ctx)
{
    struct bgp_update u;
    struct cur next_hop;
    if (rib->family == BGP_FAMILY_NONE)
        return;
    record_rib_index(rib, ctx, &u, &next_hop);
    learn_width(n, recode_width(&u, ctx));
    bgp_family_add(&n->families, rib->family);
    if (rib->has_path_id)
        bgp_family_add(&n->add_path, rib->family);
    if (rib->afi == BGP_AFI_IPV4 && next_hop.left >= IPV6_NEXT_HOP_LEN)
        bgp_family_add(&n->ext_next_hop, rib->family);
}

int replay_need_open(struct replay_need *n, unsigned side, const uint8_t *msg, size_t len)
{
    if (len > BGP_MSG_MAX)
        return 0; /* no OPEN (RFC 8654 section 4) */
    uint8_t *copy = malloc(len);
    if (copy == NULL)
        return -1;
    memcpy(copy, msg, len);
    free(n->open[side]);
    n->open[side] = copy;
    n->open_len[side] = (uint32_t)len;
    return 0;
}
