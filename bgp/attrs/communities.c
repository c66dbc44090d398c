/* SPDX-License-Identifier: BSD-2-Clause */
/* communities: COMMUNITIES (RFC 1997) by name or a:b, LARGE_COMMUNITY (RFC 8092) as a:b:c.
 * Floor F1. */
#include "bgp/communities.h"

#include "base/fmt.h"
#include "bgp/attr_map.h"

#define CASE_NAME(value, NAME, text, rfc)                                                      \
    case value:                                                                                \
        return text;

const char *community_name(uint32_t v)
{
    switch (v) {
        COMMUNITY_MAP(CASE_NAME)
    default:
        return NULL;
    }
}

int attr_communities(struct attr_in *in, struct emit *e, struct str key)
{
    emit_array(e, key);
    while (in->value.left > 0) {
        uint32_t v;
        if (!cur_u32(&in->value, &v))
            return attr_fault_cur(in, &in->value);
        /* the well-known ones are all in 0xffff0000-0xffffffff */
        const char *name = v >= 0xffff0000u ? community_name(v) : NULL;
        if (name != NULL) {
            emit_name(e, EMIT_ITEM, name);
            continue;
        }
        char s[2 * FMT_U64_MAX];
        size_t n = fmt_u32(s, v >> 16);
        s[n++] = ':';
        n += fmt_u32(s + n, v & 0xffff);
        emit_ascii(e, EMIT_ITEM, s, n);
    }
    emit_array_end(e);
    return 0;
}

int attr_large_communities(struct attr_in *in, struct emit *e, struct str key)
{
    emit_array(e, key);
    while (in->value.left > 0) {
        char s[3 * FMT_U64_MAX];
        size_t n = 0;
        for (int i = 0; i < 3; i++) {
            uint32_t v;
            if (!cur_u32(&in->value, &v))
                return attr_fault_cur(in, &in->value);
            if (i > 0)
                s[n++] = ':';
            n += fmt_u32(s + n, v);
        }
        emit_ascii(e, EMIT_ITEM, s, n);
    }
    emit_array_end(e);
    return 0;
}
