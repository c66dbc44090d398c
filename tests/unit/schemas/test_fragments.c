/* SPDX-License-Identifier: BSD-2-Clause */
/* test_fragments: parts of messages from other projects' test suites (the `frag` vectors of
 * data/vectors), each put where it belongs (fragment_map.h) into a message.
 *
 * Each makes a record without a diagnostic, unless its origin calls it malformed: then there is
 * one. Where the two of us disagree the vector is listed in fragment_disagreements.h with the
 * sentence that settles it. */
#include <fnmatch.h>

#include "bgp/ls.h"
#include "tests/unit/schemas/corpus.h"
#include "tests/unit/schemas/fragment_disagreements.h"
#include "tests/unit/schemas/fragment_map.h"
#include "tests/unit/schemas/fragment_named.h"

/* A word in parentheses at the end is the name of the variable that a test keeps its octets in:
 * most often what it compares with, not what it reads. A row that has them names the word. */
static bool names_variable(const char *text)
{
    const char *open = strrchr(text, '('), *end = text + strlen(text);
    return open != NULL && end[-1] == ')' && open + 1 < end - 1 &&
           strspn(open + 1,
                  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") ==
               (size_t)(end - 2 - open);
}

/* Whether a list of names, a space round each, has a vector's. */
static bool lists(const char *names, const struct vector *v)
{
    char name[64];
    snprintf(name, sizeof name, " %s ", v->name);
    return strstr(names, name) != NULL;
}

static const struct fragment_row *row_of(const struct vector *v)
{
    char text[1024];
    const char *hint = strstr(v->flags, "hint=");
    snprintf(text, sizeof text, "%s: %s", hint != NULL ? hint + 5 : "", v->meaning);
    for (size_t i = 0; i < sizeof fragment_map / sizeof fragment_map[0]; i++) {
        const struct fragment_row *row = &fragment_map[i];
        if (fnmatch(row->pattern, text, 0) == 0)
            return names_variable(text) && strchr(row->pattern, '(') == NULL && !row->variables
                       ? NULL
                       : row;
    }
    return NULL;
}

/* What is put into a message. */
struct part {
    uint8_t p[BYTES_MAX];
    size_t len;
};

/* Puts octets, in hex, at an offset of a part. */
static void insert_bytes(struct part *w, size_t at, const char *hex)
{
    size_t len = strlen(hex) / 2;
    unsigned octet;
    cr_assert(w->len + len <= sizeof w->p, "%s", vec.name);
    memmove(w->p + at + len, w->p + at, w->len - at);
    for (size_t i = 0; i < len && sscanf(hex + 2 * i, "%2x", &octet) == 1; i++)
        w->p[at + i] = (uint8_t)octet;
    w->len += len;
}

/* Puts octets, in hex, before a part. */
static void wrap_bytes(struct part *w, const char *hex)
{
    insert_bytes(w, 0, hex);
}

/* Puts type and length before a part. */
static void wrap(struct part *w, unsigned type, int type_len, int len_len)
{
    char head[32];
    snprintf(head, sizeof head, "%0*x%0*zx", 2 * type_len, type, 2 * len_len, w->len);
    wrap_bytes(w, head);
}

static void decode_nlri(struct finding *f, const struct part *w, unsigned afi, unsigned safi,
                        struct bgp_ctx *ctx)
{
    static uint8_t value[BYTES_MAX + 3];
    struct wr out = wr_of(value, sizeof value);
    wr_u16(&out, (uint16_t)afi);
    wr_u8(&out, (uint8_t)safi);
    wr_bytes(&out, w->p, w->len);
    decode_value(f, ATTR_MP_UNREACH_NLRI, value, out.len, ctx);
}

/* TLVs of the attribute or of an NLRI, as their first one's type tells. */
static void decode_ls_tlvs(struct finding *f, struct part *w, struct bgp_ctx *ctx)
{
    struct cur c = cur_of(w->p, w->len);
    uint16_t type = 0;
    (void)!cur_u16(&c, &type);
    bool node = type >= 512 && type <= 517;
    if (!node && tlv_row_of(&ls_attr_table, type) != NULL) {
        decode_value(f, ATTR_BGP_LS, w->p, w->len, ctx);
        return;
    }
    if (node)
        wrap(w, 256, 2, 2);
    wrap_bytes(w, "020000000000000007");
    wrap(w, strstr(vec.meaning, "v6") != NULL ? 4 : 3, 2, 2);
    decode_nlri(f, w, BGP_AFI_LS, BGP_SAFI_LS, ctx);
}

static void decode_body(struct finding *f, const struct part *w, unsigned type,
                        struct bgp_ctx *ctx)
{
    static uint8_t msg[BYTES_MAX];
    struct wr out = wr_of(msg, sizeof msg);
    for (int i = 0; i < 16; i++)
        wr_u8(&out, 0xff);
    if (type != 0) {
        wr_u16(&out, (uint16_t)(BGP_HEADER_LEN + w->len));
        wr_u8(&out, (uint8_t)type);
    }
    wr_bytes(&out, w->p, w->len);
    decode_bgp(f, msg, out.len, ctx);
}

static void decode_caps(struct finding *f, struct part *w, struct bgp_ctx *ctx)
{
    char head[48];
    wrap(w, 2, 1, 1);
    snprintf(head, sizeof head, "04fde900b4c0000201%02zx", w->len);
    wrap_bytes(w, head);
    decode_body(f, w, BGP_TYPE_OPEN, ctx);
}

/* Wraps segment sub-TLVs into a tunnel of type SR Policy. */
static void decode_segments(struct finding *f, struct part *w, struct bgp_ctx *ctx)
{
    wrap_bytes(w, "00");
    wrap(w, 128, 1, 2);
    wrap(w, 15, 2, 2);
    decode_value(f, ATTR_TUNNEL_ENCAP, w->p, w->len, ctx);
}

static void decode_service(struct finding *f, struct part *w, struct bgp_ctx *ctx)
{
    wrap_bytes(w, "00");
    wrap(w, 5, 1, 2);
    decode_value(f, ATTR_PREFIX_SID, w->p, w->len, ctx);
}

static void decode_sid_info(struct finding *f, struct part *w, struct bgp_ctx *ctx)
{
    wrap(w, 1, 1, 2);
    decode_service(f, w, ctx);
}

/* The value of an attribute behind its length: of two octets when the test's name or the octet
 * says so. */
static void decode_length_value(struct finding *f, const struct part *w, unsigned code,
                                struct bgp_ctx *ctx)
{
    static uint8_t attr[BYTES_MAX];
    const struct attr_row *row = attr_row_of((uint8_t)code);
    struct wr out = wr_of(attr, sizeof attr);
    bool extended = strstr(vec.meaning, "extended") != NULL || (w->len > 0 && w->p[0] == 0);
    uint8_t flags = row != NULL ? row->flags : 0xc0;
    wr_u8(&out, (uint8_t)(flags | (extended ? BGP_FLAG_EXT_LEN : 0)));
    wr_u8(&out, (uint8_t)code);
    wr_bytes(&out, w->p, w->len);
    decode_attrs(f, attr, out.len, ctx);
}

/* A tunnel of sub-TLVs. */
static void decode_tunnel(struct finding *f, struct part *w, unsigned type, struct bgp_ctx *ctx)
{
    wrap(w, type, 2, 2);
    decode_value(f, ATTR_TUNNEL_ENCAP, w->p, w->len, ctx);
}

static void decode_bmp_body(struct finding *f, struct part *w, unsigned version)
{
    char head[16];
    snprintf(head, sizeof head, "%02x%08zx", version, w->len + 5);
    wrap_bytes(w, head);
    decode_bmp(f, w->p, w->len);
}

static void decode_fragment(struct finding *f, const struct fragment_row *row, struct part *w,
                            struct bgp_ctx *ctx)
{
    switch (row->kind) {
    case FRAG_NONE:
        return;
    case FRAG_NLRI:
        return decode_nlri(f, w, row->a, row->b, ctx);
    case FRAG_EVPN:
        wrap(w, row->a, 1, 1);
        return decode_nlri(f, w, BGP_AFI_L2VPN, BGP_SAFI_EVPN, ctx);
    case FRAG_LS:
        wrap(w, row->a, 2, 2);
        return decode_nlri(f, w, BGP_AFI_LS, BGP_SAFI_LS, ctx);
    case FRAG_ATTR:
        return decode_value(f, (uint8_t)row->a, w->p, w->len, ctx);
    case FRAG_ATTR_LV:
        return decode_length_value(f, w, row->a, ctx);
    case FRAG_ATTRS:
        return decode_attrs(f, w->p, w->len, ctx);
    case FRAG_LS_TLV:
        return decode_ls_tlvs(f, w, ctx);
    case FRAG_LS_VALUE:
        wrap(w, row->a, 2, 2);
        return decode_ls_tlvs(f, w, ctx);
    case FRAG_SID_VALUE:
        wrap(w, row->a, 1, 2);
        return decode_value(f, ATTR_PREFIX_SID, w->p, w->len, ctx);
    case FRAG_SERVICE:
        return decode_service(f, w, ctx);
    case FRAG_SID_INFO:
        return decode_sid_info(f, w, ctx);
    case FRAG_SUB_SUB:
        wrap_bytes(w, row->a == 1 ? "0020010db8000000000000000000000001000013"
                                  : "0020010db800000000000000000000000100001300");
        return decode_sid_info(f, w, ctx);
    case FRAG_SEGMENTS:
        return decode_segments(f, w, ctx);
    case FRAG_SEGMENT:
        wrap(w, row->a, 1, 1);
        return decode_segments(f, w, ctx);
    case FRAG_CAP:
        wrap(w, row->a, 1, 1);
        return decode_caps(f, w, ctx);
    case FRAG_CAPS:
        return decode_caps(f, w, ctx);
    case FRAG_OPEN:
        w->len -= row->a;
        memmove(w->p, w->p + row->a, w->len);
        return decode_body(f, w, BGP_TYPE_OPEN, ctx);
    case FRAG_UPDATE:
        return decode_body(f, w, BGP_TYPE_UPDATE, ctx);
    case FRAG_MESSAGE:
        return decode_body(f, w, 0, ctx);
    case FRAG_BODY:
        return decode_body(f, w, row->a, ctx);
    case FRAG_WHOLE:
        return decode_bgp(f, w->p, w->len, ctx);
    case FRAG_TUNNEL:
        return decode_tunnel(f, w, row->a, ctx);
    case FRAG_BMP:
        return decode_bmp_body(f, w, row->a);
    case FRAG_BMP_WHOLE:
        return decode_bmp(f, w->p, w->len);
    }
}

/* Puts what stands round a fragment by its name. Returns what it is then. */
static bool place_named(const struct vector *v, struct part *w, struct fragment_row *row)
{
    for (size_t i = 0; i < sizeof fragment_named / sizeof fragment_named[0]; i++) {
        if (!lists(fragment_named[i].names, v))
            continue;
        *row = (struct fragment_row){.pattern = "by name",
                                     .kind = fragment_named[i].kind,
                                     .a = fragment_named[i].a,
                                     .b = fragment_named[i].b};
        if (fragment_named[i].before != NULL)
            wrap_bytes(w, fragment_named[i].before);
        if (fragment_named[i].after != NULL)
            insert_bytes(w, w->len, fragment_named[i].after);
        return true;
    }
    return false;
}

/* What we should find: the origin's word, unless the RFC says otherwise. */
static bool expect_fault(const struct vector *v)
{
    static const char *const words[] = {"error",        "bad_",     "invalid", "malformed",
                                        "truncated",    "short",    "reject",  "wrong",
                                        "undefined",    "overflow", "exceeds", "incomplete",
                                        "insufficient", "too long", "missing", "not enough"};
    for (size_t i = 0; i < sizeof fragment_disagreements / sizeof fragment_disagreements[0];
         i++) {
        if (lists(fragment_disagreements[i].names, v))
            return fragment_disagreements[i].fault;
    }
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcasestr(v->meaning, words[i]) != NULL)
            return true;
    }
    return false;
}

/* Attribute flags are ours, and path identifiers were not negotiated in these. */
static bool matters(const struct bgp_diag *d)
{
    return d->reason != BGP_REASON_FLAGS && d->reason != BGP_REASON_ADD_PATH_MISMATCH;
}

static unsigned mapped;

static bool fragment_check(const struct vector *v)
{
    static struct part w;
    struct finding f = {0};
    struct fragment_row named;
    struct bgp_ctx ctx = context_of(v);
    if (strcmp(v->kind, "frag") != 0)
        return false;
    memcpy(w.p, v->bytes, v->len);
    w.len = v->len;
    const struct fragment_row *row = place_named(v, &w, &named) ? &named : row_of(v);
    if (row == NULL || row->kind == FRAG_NONE)
        return true;
    bool whole = row->kind == FRAG_ATTRS || row->kind == FRAG_UPDATE;
    f.filter = whole ? NULL : matters;
    json_init(&f.json, &f.out);
    decode_fragment(&f, row, &w, &ctx);
    mapped++;
    cr_expect(row->unsaid || f.fault == expect_fault(v),
              "%s (%s, %s): %s %s attribute %u at %u: %.*s", v->name, row->pattern, v->meaning,
              f.fault ? bgp_action_name(f.diag.action) : "",
              f.fault ? bgp_reason_name(f.diag.reason) : "sound", f.diag.attr, f.diag.off,
              (int)f.out.len, f.out.p);
    buf_free(&f.out);
    return true;
}

Test(fragments, parts_decode_as_their_origin_says)
{
    unsigned cnt = each_vector(fragment_check);
    cr_expect_geq(mapped, 1280u, "%u of %u fragments", mapped, cnt);
}
