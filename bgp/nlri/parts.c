/* SPDX-License-Identifier: BSD-2-Clause */
/* parts: fields that several NLRI families have in common. Floor F1. */
#include "bgp/nlri/parts.h"

#include "base/fmt.h"

bool nlri_take_typed(struct cur *in, uint32_t type_len, uint32_t len_len, struct cur *one,
                     struct nlri_fault *fault)
{
    struct cur ahead = *in;
    uint32_t len = 0;
    bool ok = cur_skip(&ahead, type_len);
    for (uint32_t i = 0; ok && i < len_len; i++) {
        uint8_t octet = 0;
        ok = cur_u8(&ahead, &octet);
        len = len << 8 | octet;
    }
    if (!ok || !cur_skip(&ahead, len))
        return nlri_fault_cur(&ahead, fault) == 0;
    return cur_take(in, type_len + len_len + len, one);
}

bool nlri_read_sized_addr(struct cur *c, bool may_lack, struct nlri_addr *a,
                          struct nlri_fault *fault)
{
    uint32_t at = c->off;
    uint8_t bits;
    if (!cur_u8(c, &bits))
        return nlri_fault_cur(c, fault) == 0;
    if (bits != 32 && bits != 128 && !(may_lack && bits == 0))
        return nlri_fault_at(fault, BGP_REASON_PREFIX_LENGTH, at, bits < 32 ? 32 : 128, bits) ==
               0;
    a->len = bits / 8;
    if (!cur_copy(c, a->a, a->len))
        return nlri_fault_cur(c, fault) == 0;
    return true;
}

bool nlri_read_last_addr(struct cur *c, struct nlri_addr *a, struct nlri_fault *fault)
{
    if (c->left != 4 && c->left != 16)
        return nlri_fault_at(fault, BGP_REASON_LENGTH, c->off, c->left < 4 ? 4 : 16, c->left) ==
               0;
    a->len = (uint8_t)c->left;
    return cur_copy(c, a->a, a->len);
}

int nlri_end(const struct cur *c, struct nlri_fault *fault)
{
    if (c->failed)
        return nlri_fault_cur(c, fault);
    if (c->left != 0)
        return nlri_fault_at(fault, BGP_REASON_TRAILING, c->off, 0, c->left);
    return 0;
}

int nlri_end_partial(const struct bgp_diags *diags, struct nlri_fault *fault)
{
    if (diags->cnt == 0)
        return 0;
    nlri_fault_at(fault, diags->v[0].reason, diags->v[0].off, diags->v[0].need,
                  diags->v[0].have);
    return 1;
}

void nlri_emit_addr(struct emit *e, struct str key, const struct nlri_addr *a)
{
    if (a->len != 0)
        emit_ip(e, key, a->a, a->len);
}

void nlri_emit_esi(struct emit *e, const uint8_t *esi)
{
    char s[3 * NLRI_ESI_LEN];
    for (int i = 0; i < NLRI_ESI_LEN; i++) {
        fmt_hex(s + 3 * i, esi + i, 1);
        s[3 * i + 2] = ':';
    }
    emit_ascii(e, KEY("esi"), s, sizeof s - 1);
}

void nlri_emit_labels(struct emit *e, struct cur labels, bool raw)
{
    struct cur again = labels;
    uint32_t field;
    emit_array(e, KEY("labels"));
    while (cur_u24(&labels, &field))
        emit_u64(e, EMIT_ITEM, field >> 4);
    emit_array_end(e);
    if (!raw)
        return;
    emit_array(e, KEY("labels_raw"));
    while (cur_u24(&again, &field))
        emit_u64(e, EMIT_ITEM, field);
    emit_array_end(e);
}

void nlri_emit_route_type(struct emit *e, uint64_t type, const char *name)
{
    emit_u64(e, KEY("route_type"), type);
    if (name != NULL)
        emit_name(e, KEY("route_type_name"), name);
}
