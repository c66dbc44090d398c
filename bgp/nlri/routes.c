/* SPDX-License-Identifier: BSD-2-Clause */
/* routes: families whose NLRI are routes of several types. Floor F1. */
#include "bgp/nlri/routes.h"

bool route_take_rd(struct route *r)
{
    const uint8_t *rd = cur_bytes(&r->c, NLRI_RD_LEN);
    if (rd == NULL)
        return nlri_fault_cur(&r->c, r->fault) == 0;
    emit_rd(r->e, KEY("rd"), rd);
    return true;
}

bool route_take_esi(struct route *r)
{
    const uint8_t *esi = cur_bytes(&r->c, NLRI_ESI_LEN);
    if (esi == NULL)
        return nlri_fault_cur(&r->c, r->fault) == 0;
    nlri_emit_esi(r->e, esi);
    return true;
}

bool route_take_number(struct route *r, struct str key, uint32_t octets)
{
    const uint8_t *p = cur_bytes(&r->c, octets);
    if (p == NULL)
        return nlri_fault_cur(&r->c, r->fault) == 0;
    uint64_t number = 0;
    for (uint32_t i = 0; i < octets; i++)
        number = number << 8 | p[i];
    emit_u64(r->e, key, number);
    return true;
}

bool route_take_addr(struct route *r, struct str key, bool may_lack)
{
    struct nlri_addr a;
    if (!nlri_read_sized_addr(&r->c, may_lack, &a, r->fault))
        return false;
    nlri_emit_addr(r->e, key, &a);
    return true;
}

bool route_take_source_group(struct route *r)
{
    return route_take_addr(r, KEY("source"), true) && route_take_addr(r, KEY("group"), true);
}

int route_end(struct route *r)
{
    return nlri_end(&r->c, r->fault);
}

static const struct route_type *type_of(const struct route_type *types, uint8_t type)
{
    while (types->type != type && types->type != 0)
        types++;
    return types->type != 0 ? types : NULL;
}

/* Emits the members of one whole route; an unknown type's as hex. */
static int emit_route(struct route *r, struct cur body)
{
    uint8_t type;
    if (!cur_u8(&body, &type) || !cur_skip_called(&body, 1, "length"))
        return nlri_fault_cur(&body, r->fault);
    const struct route_type *t = type_of(r->types, type);
    nlri_emit_route_type(r->e, type, t != NULL ? t->name : NULL);
    if (t == NULL) {
        emit_hex(r->e, KEY("raw"), body.p, body.left);
        return 0;
    }
    r->c = body;
    return t->decode(r);
}

bool route_take_route_key(struct route *r)
{
    struct cur body;
    if (!nlri_take_typed(&r->c, 1, 1, &body, r->fault))
        return false;
    if (r->depth > 0) /* no leaf answers a leaf */
        return nlri_fault_at(r->fault, BGP_REASON_SYNTAX, body.off, 0, 0) == 0;
    struct route inner = {
        .e = r->e, .fault = r->fault, .types = r->types, .depth = r->depth + 1};
    emit_object(r->e, KEY("route_key"));
    if (emit_route(&inner, body) != 0)
        return false;
    emit_object_end(r->e);
    return true;
}

int routes_decode(const struct nlri *n, const struct route_type *types, struct emit *e,
                  struct nlri_fault *fault)
{
    struct route r = {.e = e, .fault = fault, .types = types};
    return emit_route(&r, n->body);
}

int routes_key(const struct nlri *n, const struct route_type *types, struct wr *w)
{
    struct nlri_fault fault;
    struct cur c = n->body;
    uint8_t type;
    if (routes_decode(n, types, &emit_null, &fault) != 0 || !cur_u8(&c, &type) ||
        !cur_skip(&c, 1))
        return -1;
    const struct route_type *t = type_of(types, type);
    wr_u8(w, type);
    if (t != NULL && t->key != NULL)
        return t->key(c, w) != 0 || w->overflow ? -1 : 0;
    wr_bytes(w, c.p, c.left - (t != NULL ? t->key_tail : 0u));
    return w->overflow ? -1 : 0;
}
