/* SPDX-License-Identifier: BSD-2-Clause */
/* communities: COMMUNITIES (RFC 1997) by name or a:b, LARGE_COMMUNITY (RFC 8092) as a:b:c.
 * Floor F1. */
#include "bgp/communities.h"

#include "base/fmt.h"
#include "bgp/attr_map.h"

#define CASE_NAME(value, NAME, text, rfc)                                                      \
    case value:                                                                                \
        return text;

#define CHECK_NAME(value, NAME, text, rfc)                                                     \
    _Static_assert(sizeof(text) <= COMMUNITY_TEXT_MAX, "COMMUNITY_TEXT_MAX");
COMMUNITY_MAP(CHECK_NAME)

const char *community_name(uint32_t v)
{
    switch (v) {
        COMMUNITY_MAP(CASE_NAME)
    default:
        return NULL;
    }
}

static __attribute__((noinline)) size_t named_text(char *dst, uint32_t v)
{
    const char *name = community_name(v);
    if (name == NULL)
        return fmt_u16_pair(dst, (uint16_t)(v >> 16), ':', (uint16_t)v);
    size_t len = strnlen(name, COMMUNITY_TEXT_MAX);
    memcpy(dst, name, len);
    return len;
}

size_t community_text(char *dst, const void *item)
{
    uint32_t v = wire_u32((const uint8_t *)item);
    if (v >= 0xffff0000u) /* where the well-known ones are */
        return named_text(dst, v);
    return fmt_u16_pair(dst, (uint16_t)(v >> 16), ':', (uint16_t)v);
}

static size_t large_text(char *dst, const void *item)
{
    const uint8_t *p = (const uint8_t *)item;
    size_t n = fmt_u32(dst, wire_u32(p));
    for (int i = 1; i < 3; i++) {
        dst[n++] = ':';
        n += fmt_u32(dst + n, wire_u32(p + 4 * i));
    }
    return n;
}

/* Emits the value as an array of items, `item_len` octets each. */
static int emit_items(struct attr_in *in, struct emit *e, struct str key, uint32_t item_len,
                      struct emit_items items)
{
    struct cur *c = &in->value;
    items.item_len = item_len;
    items.cnt = c->left / item_len;
    items.p = cur_bytes(c, (uint32_t)items.cnt * item_len);
    if (c->left > 0) {
        (void)cur_fail(c, item_len);
        return attr_fault_cur(in, c);
    }
    emit_ascii_array(e, key, &items);
    return 0;
}

int attr_communities(struct attr_in *in, struct emit *e, struct str key)
{
    const struct emit_items form = {.fmt = community_text, .max = COMMUNITY_TEXT_MAX};
    return emit_items(in, e, key, 4, form);
}

int attr_large_communities(struct attr_in *in, struct emit *e, struct str key)
{
    const struct emit_items form = {.fmt = large_text, .max = 3 * FMT_U64_MAX};
    return emit_items(in, e, key, 12, form);
}
