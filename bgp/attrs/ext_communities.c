/* SPDX-License-Identifier: BSD-2-Clause */
/* ext_communities: EXTENDED COMMUNITIES (RFC 4360) by name, or as 0xTTSS:hex. Floor F1. */
#include "base/fmt.h"
#include "bgp/attr_map.h"

/* Writes `global:local` of the three AS- and address-specific types (RFC 4360 section 3.1-3.2,
 * RFC 5668). */
static size_t fmt_admin(char *dst, const uint8_t *v)
{
    uint32_t first = (uint32_t)v[2] << 24 | (uint32_t)v[3] << 16 | (uint32_t)v[4] << 8 | v[5];
    uint32_t last = (uint32_t)(v[6] << 8 | v[7]);
    size_t n;
    switch (v[0] & 0x3f) {
    case 0:
        n = fmt_u32(dst, first >> 16);
        last |= first << 16;
        break;
    case 1:
        n = fmt_ipv4(dst, v + 2);
        break;
    default:
        n = fmt_u32(dst, first);
        break;
    }
    dst[n++] = ':';
    return n + fmt_u32(dst + n, last);
}

static const char *admin_name(const uint8_t *v)
{
    if (v[0] > 2)
        return NULL;
    return v[1] == 2 ? "rt:" : v[1] == 3 ? "soo:" : NULL;
}

static size_t fmt_ext_community(char *dst, const uint8_t *v)
{
    const char *name = admin_name(v);
    if (name != NULL) {
        size_t n = strlen(name);
        memcpy(dst, name, n);
        return n + fmt_admin(dst + n, v);
    }
    memcpy(dst, "0x", 2);
    size_t n = 2 + fmt_hex(dst + 2, v, 2);
    dst[n++] = ':';
    return n + fmt_hex(dst + n, v + 2, 6);
}

int attr_ext_communities(struct attr_in *in, struct emit *e, struct str key)
{
    emit_array(e, key);
    while (in->value.left > 0) {
        const uint8_t *v = cur_bytes(&in->value, 8);
        if (v == NULL)
            return attr_fault_cur(in, &in->value);
        char s[64];
        emit_ascii(e, EMIT_ITEM, s, fmt_ext_community(s, v));
    }
    emit_array_end(e);
    return 0;
}
