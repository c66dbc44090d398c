/* SPDX-License-Identifier: BSD-2-Clause */
/* record_wire_nlri: NLRI and extended communities from their text. Floor F4. */
#include "base/fmt.h"
#include "base/parse.h"
#include "bgp/ext_communities.h"
#include "tools/kafka/record_wire.h"

/* ---- text ---- */

enum { PARTS_MAX = 3, ADDR_PART = 4 };

/* What a value's text may hold. */
struct parts {
    uint64_t v[PARTS_MAX];
    unsigned cnt;
    const char *text;
    size_t len;
};

static void split(struct parts *p, const char *s, size_t len)
{
    uint8_t addr[16];
    *p = (struct parts){.text = s, .len = len};
    for (size_t at = 0; at <= len && p->cnt < PARTS_MAX;) {
        const char *colon = memchr(s + at, ':', len - at);
        size_t n = colon != NULL ? (size_t)(colon - s) - at : len - at;
        uint64_t v = 0;
        if (parse_addr(s + at, n, addr) == ADDR_PART)
            v = (uint64_t)addr[0] << 24 | (uint64_t)addr[1] << 16 | (uint64_t)addr[2] << 8 |
                addr[3];
        else if (!parse_u64(s + at, n, UINT32_MAX, &v))
            return;
        p->v[p->cnt++] = v;
        at += n + 1;
    }
}

/* ---- NLRI ---- */

enum {
    RD_LEN = 8,
    LABEL_LEN = 3,
    LABELS_MAX = 16,
    BLANK_MAX = 64,
    NO_LABEL = 0x800000, /* of a withdrawal (RFC 8277 section 2.4) */
};

/* Labels as they are on the wire, the last one marked. Returns how many. */
static size_t read_labels(const struct token *list, uint32_t v[LABELS_MAX])
{
    size_t cnt = 0;
    if (list == NULL || list->kind != TOKEN_ARRAY)
        return 0;
    for (const struct token *t = tape_first(list); t < tape_end(list); t = tape_next(t)) {
        size_t many = t->kind == TOKEN_U32S ? t->len : 1;
        for (size_t i = 0; i < many && cnt < LABELS_MAX; i++)
            v[cnt++] = (t->kind == TOKEN_U32S ? token_number(t, i)
                                              : (uint32_t)record_wire_number(t))
                       << 4;
    }
    if (cnt > 0)
        v[cnt - 1] |= 1;
    return cnt;
}

static void put_layout_of_rd(struct wr *w, uint16_t type, const uint64_t v[2])
{
    wr_u16(w, type);
    if (type == 0)
        wr_u16(w, (uint16_t)v[0]);
    else
        wr_u32(w, (uint32_t)v[0]);
    if (type == 0)
        wr_u32(w, (uint32_t)v[1]);
    else
        wr_u16(w, (uint16_t)v[1]);
}

/* A distinguisher that has that text; zeros when none has (RFC 4364 section 4.2). */
static void put_rd(struct wr *w, const struct token *rd)
{
    uint8_t octets[RD_LEN] = {0};
    char again[FMT_RD_MAX];
    struct parts p;
    if (rd != NULL && rd->kind == TOKEN_TEXT)
        split(&p, token_text(rd), rd->len);
    for (uint16_t type = 0; rd != NULL && rd->kind == TOKEN_TEXT && type < 3; type++) {
        struct wr one = wr_of(octets, sizeof octets);
        put_layout_of_rd(&one, type, p.v);
        if (fmt_rd(again, octets) == rd->len && memcmp(again, token_text(rd), rd->len) == 0)
            break;
        memset(octets, 0, sizeof octets);
    }
    wr_bytes(w, octets, sizeof octets);
}

/* RFC 4271 section 4.3, with labels RFC 8277 section 2, with a distinguisher RFC 4364 section
 * 4.3.4. Returns false when that is not what the family has. */
static bool put_prefix(struct wr *w, const struct nlri_row *row, const struct token *nlri)
{
    const struct token *prefix = tape_find(nlri, "prefix");
    uint32_t labels[LABELS_MAX];
    uint8_t addr[16] = {0}, bits = 0;
    bool vpn = row->safi == BGP_SAFI_VPN || row->safi == BGP_SAFI_VPN_MULTICAST;
    bool labeled = row->safi == BGP_SAFI_VPN || row->safi == BGP_SAFI_LABELED;
    if (prefix == NULL || prefix->kind != TOKEN_TEXT ||
        (!labeled && !vpn && row->safi != BGP_SAFI_UNICAST && row->safi != BGP_SAFI_MULTICAST))
        return false;
    unsigned len = parse_prefix(token_text(prefix), prefix->len, addr, &bits);
    if (len != (row->afi == BGP_AFI_IPV4 ? 4u : 16u))
        return false;
    size_t cnt = labeled ? read_labels(tape_find(nlri, "labels"), labels) : 0;
    if (labeled && cnt == 0)
        labels[cnt++] = NO_LABEL;
    size_t before = (vpn ? RD_LEN : 0) + cnt * LABEL_LEN;
    if (8 * before + bits > UINT8_MAX)
        return false;
    wr_u8(w, (uint8_t)(8 * before + bits));
    for (size_t i = 0; i < cnt; i++)
        wr_u24(w, labels[i]);
    if (vpn)
        put_rd(w, tape_find(nlri, "rd"));
    wr_bytes(w, addr, (bits + 7u) / 8);
    return true;
}

/* The fewest zeros that the family takes for one NLRI. */
static void put_blank(struct wr *w, const struct nlri_row *row)
{
    static const uint8_t zeros[BLANK_MAX];
    for (uint32_t n = 1; n <= BLANK_MAX; n++) {
        struct cur in = cur_of(zeros, n), one;
        struct nlri_fault fault;
        if (!row->next(&in, &one, &fault) || one.left != n)
            continue;
        wr_bytes(w, zeros, n);
        return;
    }
    wr_u8(w, 0);
}

bool record_wire_put_nlri(struct wr *w, unsigned family, const struct token *nlri)
{
    const struct nlri_row *row = nlri_row_of(family);
    if (put_prefix(w, row, nlri))
        return true;
    put_blank(w, row);
    return false;
}

/* ---- extended communities ---- */

static void put_parts(struct wr *w, const struct parts *p, unsigned first_len, unsigned second)
{
    if (first_len == 2)
        wr_u16(w, (uint16_t)p->v[0]);
    else
        wr_u32(w, (uint32_t)p->v[0]);
    if (second == 2)
        wr_u16(w, (uint16_t)p->v[1]);
    else
        wr_u32(w, (uint32_t)p->v[1]);
}

/* Hex digits, with or without colons. */
static void put_digits(struct wr *w, const struct parts *p)
{
    static const char digits[] = "0123456789abcdef";
    unsigned octet = 0, cnt = 0;
    for (size_t i = 0; i < p->len; i++) {
        const char *d = memchr(digits, p->text[i], sizeof digits - 1);
        if (d == NULL)
            continue;
        octet = octet << 4 | (unsigned)(d - digits);
        if (++cnt % 2 == 0)
            wr_u8(w, (uint8_t)octet);
    }
}

/* Layouts of the six octets after type and sub-type. Which one a row has only its text tells.
 */
enum layout { AS2, AS4, LAST4, LAST2, LAST1, ZERO, VALID_1, VALID_2, DIGITS, LAYOUT_CNT };

static void put_layout(struct wr *w, enum layout layout, const struct parts *p)
{
    switch (layout) {
    case AS2:
        put_parts(w, p, 2, 4);
        break;
    case AS4: /* and an IPv4 address with two octets */
        put_parts(w, p, 4, 2);
        break;
    case LAST4:
        wr_u16(w, 0);
        wr_u32(w, (uint32_t)p->v[0]);
        break;
    case LAST2:
        wr_u32(w, 0);
        wr_u16(w, (uint16_t)p->v[0]);
        break;
    case LAST1:
    case ZERO:
    case VALID_1:
    case VALID_2:
        wr_u32(w, 0);
        wr_u16(w, layout == LAST1 ? (uint8_t)p->v[0] : (uint16_t)(layout - ZERO));
        break;
    case DIGITS:
        put_digits(w, p);
        break;
    case LAYOUT_CNT:
        break;
    }
}

static bool try_code(uint16_t code, const struct parts *p, struct str text, uint8_t v[8])
{
    char again[EXT_COMMUNITY_TEXT_MAX];
    for (unsigned layout = 0; layout < LAYOUT_CNT; layout++) {
        struct wr w = wr_of(v, EXT_COMMUNITY_LEN);
        wr_u16(&w, code);
        put_layout(&w, (enum layout)layout, p);
        if (!w.overflow && w.len == EXT_COMMUNITY_LEN &&
            ext_community_text(again, v) == text.len && memcmp(again, text.p, text.len) == 0)
            return true;
    }
    return false;
}

bool record_wire_ext_community(const char *s, size_t len, uint8_t v[8])
{
    const char *colon = memchr(s, ':', len);
    size_t name_len = colon != NULL ? (size_t)(colon - s) : len;
    struct parts p;
    split(&p, s + name_len + (colon != NULL), len - name_len - (colon != NULL));
    if (name_len == 6 && memcmp(s, "0x", 2) == 0) {
        const struct parts code = {.text = s + 2, .len = 4};
        struct wr w = wr_of(v, 2);
        put_digits(&w, &code);
        return w.len == 2 && !w.overflow &&
               try_code((uint16_t)(v[0] << 8 | v[1]), &p, str_at(s, len), v);
    }
    for (unsigned i = 0; i < ext_community_map_cnt; i++) {
        const struct ext_community_row *row = &ext_community_map[i];
        if (strlen(row->name) == name_len && memcmp(row->name, s, name_len) == 0 &&
            try_code(row->code, &p, str_at(s, len), v))
            return true;
    }
    return false;
}
