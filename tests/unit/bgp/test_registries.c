/* SPDX-License-Identifier: BSD-2-Clause */
/* test_registries: holds our tables against tests/vectors/registries.txt: whatever IANA has
 * registered has a name in the record. Tables that are a file's own are asked by decoding. */
#include "bgp/attr_map.h"
#include "bgp/caps.h"
#include "bgp/communities.h"
#include "bgp/ext_communities.h"
#include "wire.h"

/* Returns whether the text of what `wire` decodes to has `want` in it. */
static bool attr_has(uint8_t code, struct wr wire, const char *want)
{
    static const struct bgp_ctx ctx;
    struct bgp_diags diags;
    struct buf out = {0};
    struct json j;
    bgp_diags_init(&diags);
    json_init(&j, &out);
    const struct attr_row *row = attr_row_of(code);
    struct attr_in in = {.code = code,
                         .flags = row->flags,
                         .value = cur_of(wire.buf, wire.len),
                         .ctx = &ctx,
                         .diags = &diags};
    (void)attr_decode(row, &in, &j.emit);
    buf_add_char(&out, '\0');
    bool has = strstr(out.p, want) != NULL;
    buf_free(&out);
    return has;
}

static bool ls_nlri_has(struct wr wire, const char *want)
{
    static const struct bgp_ctx ctx;
    struct nlri_fault fault;
    struct nlri_iter it;
    struct nlri n;
    struct buf out = {0};
    struct json j;
    json_init(&j, &out);
    nlri_iter_init(&it, nlri_family_index(BGP_AFI_LS, BGP_SAFI_LS), &ctx,
                   cur_of(wire.buf, wire.len), false);
    cr_assert_eq(nlri_iter_next(&it, &n), 1);
    (void)nlri_emit(&n, &j.emit, EMIT_ITEM, &fault);
    buf_add_char(&out, '\0');
    bool has = strstr(out.p, want) != NULL;
    buf_free(&out);
    return has;
}

/* What a TLV with a row begins with when it is the first of `list`. */
static const char *first_of(const char *list, unsigned code)
{
    static char want[64];
    snprintf(want, sizeof want, "\"%s\":[{\"type\":%u,\"name\":", list, code);
    return want;
}

/* ---- one function a registry: whether the code has a name ---- */

static bool attribute(unsigned code)
{
    return attr_row_of((uint8_t)code) != NULL;
}

static bool capability(unsigned code)
{
#define CASE(value, ...)                                                                       \
    case value:                                                                                \
        return true;
    switch (code) {
        BGP_CAP_MAP(CASE)
    default:
        return false;
    }
}

static bool safi(unsigned code)
{
    return bgp_safi_name((uint8_t)code) != NULL;
}

static bool community(unsigned code)
{
    return community_name(code) != NULL;
}

static bool pmsi_tunnel(unsigned code)
{
    /* the length that its identifier has; the octets are an mLDP FEC, too */
    uint8_t octets[] = {0, (uint8_t)code, 0, 0, 0, 6, 0, 1, 4, 192, 0, 2, 1, 0, 0, 0, 0};
    for (size_t len = 5; len <= sizeof octets; len++) {
        struct wr w = {.buf = octets, .len = len};
        if (attr_has(ATTR_PMSI_TUNNEL, w, "\"tunnel_name\""))
            return true;
    }
    return false;
}

static bool tunnel(unsigned code)
{
    uint8_t octets[4];
    struct wr w = wr_of(octets, sizeof octets);
    wr_u16(&w, (uint16_t)code);
    wr_u16(&w, 0);
    return attr_has(ATTR_TUNNEL_ENCAP, w, first_of("tunnel_encap", code));
}

/* Writes a TLV of `type_len` and `len_len` octets round `inner`. */
static void put_tlv(struct wr *w, unsigned type, int type_len, int len_len, struct wr inner)
{
    if (type_len == 2)
        wr_u16(w, (uint16_t)type);
    else
        wr_u8(w, (uint8_t)type);
    if (len_len == 2)
        wr_u16(w, (uint16_t)inner.len);
    else
        wr_u8(w, (uint8_t)inner.len);
    wr_bytes(w, inner.buf, inner.len);
}

static const struct wr empty = {.buf = (uint8_t[1]){0}};

static bool tunnel_sub(unsigned code)
{
    uint8_t inner[8], octets[16];
    struct wr sub = wr_of(inner, sizeof inner), w = wr_of(octets, sizeof octets);
    put_tlv(&sub, code, 1, code >= 128 ? 2 : 1, empty);
    put_tlv(&w, 7, 2, 2, sub);
    return attr_has(ATTR_TUNNEL_ENCAP, w, first_of("tlvs", code));
}

static bool segment_sub(unsigned code)
{
    uint8_t inner[8], list[16], octets[32];
    struct wr sub = wr_of(inner, sizeof inner), l = wr_of(list, sizeof list),
              w = wr_of(octets, sizeof octets);
    wr_u8(&sub, 0); /* reserved, then the segment */
    put_tlv(&sub, code, 1, 1, empty);
    put_tlv(&l, 128, 1, 2, sub);
    put_tlv(&w, 15, 2, 2, l);
    return attr_has(ATTR_TUNNEL_ENCAP, w, first_of("segments", code));
}

static bool one_tlv(uint8_t attr, const char *member, unsigned code, int type_len)
{
    uint8_t octets[8];
    struct wr w = wr_of(octets, sizeof octets);
    put_tlv(&w, code, type_len, 2, empty);
    return attr_has(attr, w, first_of(member, code));
}

static bool prefix_sid(unsigned code)
{
    return one_tlv(ATTR_PREFIX_SID, "prefix_sid", code, 1);
}

static bool sfp(unsigned code)
{
    return one_tlv(ATTR_SFP, "sfp", code, 1);
}

static bool bgp_ls(unsigned code)
{
    return one_tlv(ATTR_BGP_LS, "bgp_ls", code, 2);
}

static bool msd(unsigned code)
{
    uint8_t pair[] = {(uint8_t)code, 1}, octets[8];
    struct wr w = wr_of(octets, sizeof octets);
    put_tlv(&w, 266, 2, 2, (struct wr){.buf = pair, .len = sizeof pair});
    return attr_has(ATTR_BGP_LS, w, first_of("msd", code));
}

static bool ls_nlri(unsigned type, unsigned protocol, struct wr descriptors, const char *want)
{
    uint8_t body[64], octets[80];
    struct wr b = wr_of(body, sizeof body), w = wr_of(octets, sizeof octets);
    wr_u8(&b, (uint8_t)protocol);
    wr_u64(&b, 0);
    wr_bytes(&b, descriptors.buf, descriptors.len);
    put_tlv(&w, type, 2, 2, b);
    return ls_nlri_has(w, want);
}

static bool bgp_ls_nlri(unsigned code)
{
    return ls_nlri(code, 1, empty, "\"nlri_name\"");
}

static bool bgp_ls_protocol(unsigned code)
{
    return ls_nlri(1, code, empty, "\"protocol\"");
}

/* A TLV in TLV `outer` behind `before` octets of its own; no `outer`: on its own. */
static bool descriptor(unsigned code, unsigned outer, size_t before)
{
    uint8_t inner[24], octets[32];
    struct wr in = wr_of(inner, sizeof inner), w = wr_of(octets, sizeof octets);
    for (size_t i = 0; i < before; i++)
        wr_u8(&in, 0);
    put_tlv(&in, code, 2, 2, empty);
    if (outer != 0)
        put_tlv(&w, outer, 2, 2, in);
    return ls_nlri(1, 1, outer != 0 ? w : in,
                   first_of(outer != 0 ? "tlvs" : "descriptors", code));
}

static bool bgp_ls_descriptor(unsigned code)
{
    return descriptor(code, 0, 0);
}

static bool bgp_ls_node(unsigned code)
{
    return descriptor(code, 256, 0);
}

static bool bgp_ls_cross_connect(unsigned code)
{
    return descriptor(code, 555, 8);
}

static bool ext_community(unsigned code)
{
    char text[EXT_COMMUNITY_TEXT_MAX];
    uint8_t v[8] = {(uint8_t)(code >> 8), (uint8_t)code};
    size_t len = ext_community_text(text, v);
    return len > 2 && memcmp(text, "0x", 2) != 0;
}

static bool ipv6_ext_community(unsigned code)
{
    char text[EXT_COMMUNITY_TEXT_MAX];
    uint8_t v[20] = {(uint8_t)(code >> 8), (uint8_t)code};
    size_t len = ext_community6_text(text, v);
    return len > 2 && memcmp(text, "0x", 2) != 0;
}

static struct registry {
    const char *name;
    bool (*has)(unsigned code);
    unsigned top; /* codes are 0 to top */
    unsigned cnt; /* seen in the file */
} registries[] = {
    {"attribute", attribute, 255, 0},
    {"capability", capability, 255, 0},
    {"safi", safi, 255, 0},
    {"community", community, 0, 0}, /* too many to try each */
    {"pmsi-tunnel", pmsi_tunnel, 0, 0}, /* composites are named by what they hold */
    {"tunnel", tunnel, 65535, 0},
    {"tunnel-sub", tunnel_sub, 255, 0},
    {"segment-sub", segment_sub, 255, 0},
    {"prefix-sid", prefix_sid, 255, 0},
    {"sfp", sfp, 255, 0},
    {"bgp-ls-nlri", bgp_ls_nlri, 255, 0},
    {"bgp-ls-protocol", bgp_ls_protocol, 255, 0},
    {"bgp-ls-descriptor", bgp_ls_descriptor, 2000, 0},
    {"bgp-ls-node", bgp_ls_node, 2000, 0},
    {"bgp-ls-cross-connect", bgp_ls_cross_connect, 2000, 0},
    {"bgp-ls", bgp_ls, 2000, 0},
    {"msd", msd, 255, 0},
    {"ext-community", ext_community, 65535, 0},
    {"ipv6-ext-community", ipv6_ext_community, 65535, 0},
};

enum { REGISTRY_CNT = sizeof registries / sizeof registries[0] };

static struct registry *registry_of(const char *name)
{
    for (size_t i = 0; i < REGISTRY_CNT; i++) {
        if (strcmp(registries[i].name, name) == 0)
            return &registries[i];
    }
    return NULL;
}

/* Reads the file; `check` fails the test for codes without a name. */
static void load(bool check)
{
    FILE *f = fopen(RIBTAPE_SOURCE "/tests/vectors/registries.txt", "r");
    char *line = NULL;
    size_t cap = 0;
    cr_assert_not_null(f);
    while (getline(&line, &cap, f) > 0) {
        if (line[0] == '#')
            continue;
        char *rest = line;
        const char *name = strsep(&rest, "|"), *code = strsep(&rest, "|");
        struct registry *r = registry_of(name);
        cr_assert(r != NULL, "%s: no such registry", name);
        r->cnt++;
        cr_expect(!check || r->has((unsigned)strtoul(code, NULL, 10)), "%s %s has no name: %s",
                  name, code, rest);
    }
    free(line);
    fclose(f);
}

Test(registries, every_code_has_a_name)
{
    load(true);
    for (size_t i = 0; i < REGISTRY_CNT; i++)
        cr_expect_gt(registries[i].cnt, 0, "%s: nothing registered", registries[i].name);
}

/* Names that are not IANA's: what drafts and other systems use; a new one is stated here. */
Test(registries, names_beyond_the_registry_are_few)
{
    static const struct {
        const char *registry;
        unsigned more;
    } beyond[] = {
        {"safi", 2},           /* unreachability, key-value */
        {"ext-community", 1},  /* UPA */
        {"ipv6-ext-community", 1}, /* redirect, as ExaBGP has it */
        {"bgp-ls", 3},         /* BGP-LS-SPF before RFC 9815 */
        {"bgp-ls-node", 2},    /* router ids, RFC 9857 section 4 */
    };
    load(false);
    for (size_t i = 0; i < REGISTRY_CNT; i++) {
        unsigned have = 0, want = registries[i].cnt;
        for (unsigned code = 0; registries[i].top > 0 && code <= registries[i].top; code++)
            have += registries[i].has(code);
        for (size_t k = 0; k < sizeof beyond / sizeof beyond[0]; k++)
            want += strcmp(beyond[k].registry, registries[i].name) == 0 ? beyond[k].more : 0;
        cr_expect(registries[i].top == 0 || have == want, "%s: %u named, %u expected",
                  registries[i].name, have, want);
    }
}
