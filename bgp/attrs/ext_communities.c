/* SPDX-License-Identifier: BSD-2-Clause */
/* ext_communities: EXTENDED COMMUNITIES (RFC 4360) and their IPv6 form (RFC 5701). Floor F1. */
#include "bgp/attr_map.h"
#include "bgp/ext_communities.h"

typedef size_t text_fn(char *dst, const uint8_t *v);

static int emit_all(struct attr_in *in, struct emit *e, struct str key, uint32_t len,
                    text_fn *text)
{
    emit_array(e, key);
    while (in->value.left > 0) {
        const uint8_t *v = cur_bytes(&in->value, len);
        if (v == NULL)
            return attr_fault_cur(in, &in->value);
        char s[EXT_COMMUNITY_TEXT_MAX];
        emit_ascii(e, EMIT_ITEM, s, text(s, v));
    }
    emit_array_end(e);
    return 0;
}

int attr_ext_communities(struct attr_in *in, struct emit *e, struct str key)
{
    return emit_all(in, e, key, EXT_COMMUNITY_LEN, ext_community_text);
}

int attr_ipv6_ext_communities(struct attr_in *in, struct emit *e, struct str key)
{
    return emit_all(in, e, key, EXT_COMMUNITY6_LEN, ext_community6_text);
}
