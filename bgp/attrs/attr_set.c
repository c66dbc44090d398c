/* SPDX-License-Identifier: BSD-2-Clause */
/* attr_set: ATTR_SET (RFC 6368 section 5): an origin AS and a customer's attributes,
 * recursively. Floor F1. */
#include "bgp/attr_map.h"

enum { ATTR_SET_DEPTH_MAX = 4 };

/* Decodes one attribute of the set under its own context: AS numbers always have four octets
 * (RFC 6368 section 5). */
static bool decode_inner(const struct attr_in *outer, struct attr_in *inner,
                         const struct bgp_ctx *ctx, struct emit *e)
{
    const struct attr_row *row = attr_row_of(inner->code);
    inner->ctx = ctx;
    inner->diags = outer->diags;
    inner->depth = (uint8_t)(outer->depth + 1);
    return row != NULL && attr_decode(row, inner, e);
}

/* Emits the attributes without named fields; the others went before. */
static int emit_unknown(struct attr_in *in, struct cur run, const struct bgp_ctx *ctx,
                        struct emit *e)
{
    struct bgp_diags again;
    struct attr_in quiet = *in, inner;
    bgp_diags_init(&again);
    quiet.diags = &again; /* what is wrong was reported by the first pass */
    bool open = false;
    while (attr_next(&run, &inner) > 0) {
        struct cur value = inner.value;
        if (decode_inner(&quiet, &inner, ctx, &emit_null))
            continue;
        if (!open)
            emit_array(e, KEY("unknown"));
        open = true;
        attr_emit_raw(e, inner.code, inner.flags, value.p, value.left);
    }
    if (open)
        emit_array_end(e);
    return 0;
}

int attr_set(struct attr_in *in, struct emit *e, struct str key)
{
    uint32_t origin_as;
    if (in->depth >= ATTR_SET_DEPTH_MAX)
        return attr_fault_at(in, BGP_REASON_TOO_MANY, in->value.off, ATTR_SET_DEPTH_MAX,
                             in->depth);
    if (!cur_u32(&in->value, &origin_as))
        return attr_fault_cur(in, &in->value);
    struct bgp_ctx ctx = *in->ctx;
    ctx.asn4 = true;
    ctx.ebgp = false; /* a customer's iBGP: LOCAL_PREF and its kin are at home */
    struct cur run = in->value;
    struct attr_in inner;
    int r;
    emit_object(e, key);
    emit_u64(e, KEY("origin_as"), origin_as);
    emit_object(e, KEY("attrs"));
    while ((r = attr_next(&in->value, &inner)) > 0)
        (void)decode_inner(in, &inner, &ctx, e);
    if (r < 0)
        return attr_fault_cur(in, &in->value);
    emit_unknown(in, run, &ctx, e);
    emit_object_end(e);
    emit_object_end(e);
    return 0;
}
