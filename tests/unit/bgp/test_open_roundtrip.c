/* SPDX-License-Identifier: BSD-2-Clause */
/* test_open_roundtrip: what an encoder wrote is what is read: capabilities from fields, and
 * OPENs with their capabilities packed every way RFC 5492 and RFC 9072 allow. The seeds are
 * fixed. */
#include "tests/unit/bgp/wire.h"

#include "bgp/caps.h"
#include "bgp/open.h"

/* A small generator, the same everywhere (xorshift64). */
struct dice {
    uint64_t state;
};

static uint32_t roll(struct dice *d, uint32_t sides)
{
    d->state ^= d->state << 13;
    d->state ^= d->state >> 7;
    d->state ^= d->state << 17;
    return (uint32_t)(d->state >> 32) % sides;
}

/* ---- capabilities that are lists ---- */

struct entry {
    uint16_t afi;
    uint8_t safi;
    uint8_t octet;   /* a mode, a count, flags */
    uint32_t number; /* a limit, a time, a next hop's AFI */
};

static void put_text(struct buf *b, const char *key, const char *name, unsigned code)
{
    if (name != NULL)
        buf_printf(b, "\"%s\":\"%s\"", key, name);
    else
        buf_printf(b, "\"%s\":\"%u\"", key, code);
}

static void json_family(struct buf *b, const struct entry *x)
{
    put_text(b, "afi", bgp_afi_name(x->afi), x->afi);
    buf_add_char(b, ',');
    put_text(b, "safi", bgp_safi_name(x->safi), x->safi);
}

static void wire_family(struct wr *w, const struct entry *x)
{
    wr_u16(w, x->afi);
    wr_u8(w, x->safi);
}

static void wire_octet(struct wr *w, const struct entry *x)
{
    wire_family(w, x);
    wr_u8(w, x->octet);
}

static void json_mode(struct buf *b, const struct entry *x)
{
    static const char *const modes[4] = {NULL, "receive", "send", "both"};
    json_family(b, x);
    buf_add_char(b, ',');
    put_text(b, "mode", x->octet < 4 ? modes[x->octet] : NULL, x->octet);
}

static void json_count(struct buf *b, const struct entry *x)
{
    json_family(b, x);
    buf_printf(b, ",\"count\":%u", x->octet);
}

static void wire_limit(struct wr *w, const struct entry *x)
{
    wire_family(w, x);
    wr_u16(w, (uint16_t)x->number);
}

static void json_limit(struct buf *b, const struct entry *x)
{
    json_family(b, x);
    buf_printf(b, ",\"limit\":%u", x->number & 0xffff);
}

static void json_flags(struct buf *b, const struct entry *x)
{
    json_family(b, x);
    buf_printf(b, ",\"forwarding\":%s", x->octet & 0x80 ? "true" : "false");
    if ((x->octet & 0x7f) != 0)
        buf_printf(b, ",\"reserved\":%u", x->octet & 0x7f);
}

static void wire_stale(struct wr *w, const struct entry *x)
{
    wire_octet(w, x);
    wr_u24(w, x->number & 0xffffff);
}

static void json_stale(struct buf *b, const struct entry *x)
{
    json_flags(b, x);
    buf_printf(b, ",\"stale_time\":%u", x->number & 0xffffff);
}

static void wire_next_hop(struct wr *w, const struct entry *x)
{
    wr_u16(w, x->afi);
    wr_u16(w, x->safi);
    wr_u16(w, (uint16_t)x->number);
}

static void json_next_hop(struct buf *b, const struct entry *x)
{
    uint16_t afi = (uint16_t)x->number;
    json_family(b, x);
    buf_add_char(b, ',');
    put_text(b, "next_hop_afi", bgp_afi_name(afi), afi);
}

static const struct {
    uint8_t code;
    uint16_t head; /* graceful restart's first two octets */
    const char *head_json;
    void (*wire)(struct wr *w, const struct entry *x);
    void (*json)(struct buf *b, const struct entry *x);
} lists[] = {
    {BGP_CAP_ADD_PATH, 0, "", wire_octet, json_mode},
    {BGP_CAP_RPD, 0, "", wire_octet, json_mode},
    {BGP_CAP_MULTI_LABEL, 0, "", wire_octet, json_count},
    {BGP_CAP_PATHS_LIMIT, 0, "", wire_limit, json_limit},
    {BGP_CAP_LLGR, 0, "", wire_stale, json_stale},
    {BGP_CAP_EXT_NEXT_HOP, 0, "", wire_next_hop, json_next_hop},
    {BGP_CAP_GRACEFUL_RESTART, 0x8078,
     "\"restarting\":true,\"notification\":false,\"restart_time\":120,", wire_octet,
     json_flags},
};

static void check_list(size_t i, struct dice *d)
{
    uint8_t value[255];
    struct wr w = wr_of(value, sizeof value);
    struct buf want = {0};
    struct record r;
    struct nlri_fault fault;
    buf_printf(&want, "{\"code\":%u,\"name\":\"%s\",%s\"families\":[", lists[i].code,
               cap_row_of(lists[i].code)->name, lists[i].head_json);
    if (lists[i].head != 0)
        wr_u16(&w, lists[i].head);
    unsigned cnt = 1 + roll(d, 30);
    for (unsigned k = 0; k < cnt; k++) {
        struct entry x = {(uint16_t)(1 + roll(d, 40)), (uint8_t)roll(d, 256),
                          (uint8_t)roll(d, 256), roll(d, UINT32_MAX)};
        lists[i].wire(&w, &x);
        buf_add_str(&want, k > 0 ? ",{" : "{");
        lists[i].json(&want, &x);
        buf_add_char(&want, '}');
    }
    buf_add(&want, "]}", 3);
    cr_assert(!w.overflow);
    cr_assert_eq(cap_decode(lists[i].code, cur_of(value, w.len), record_begin(&r), &fault), 0);
    cr_assert_str_eq(record_end(&r), want.p);
    record_free(&r);
    buf_free(&want);
}

Test(roundtrip, capabilities_that_are_lists)
{
    struct dice d = {0x9e3779b97f4a7c15u};
    for (int n = 0; n < 200; n++) {
        for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
            check_list(i, &d);
    }
}

/* ---- whole OPENs ---- */

struct made {
    unsigned cnt;
    struct {
        uint8_t code;
        uint8_t len;
        uint8_t value[20];
    } cap[40];
};

static void make_caps(struct made *m, struct dice *d)
{
    m->cnt = roll(d, 40);
    for (unsigned i = 0; i < m->cnt; i++) {
        m->cap[i].code = (uint8_t)(200 + roll(d, 39)); /* no row: any value is legal */
        m->cap[i].len = (uint8_t)roll(d, sizeof m->cap[i].value);
        for (unsigned k = 0; k < m->cap[i].len; k++)
            m->cap[i].value[k] = (uint8_t)roll(d, 256);
    }
}

/* Writes capabilities from *i on into one parameter: at most `most`, and what fits 255 octets.
 */
static void write_param(struct wr *w, const struct made *m, unsigned *i, unsigned most,
                        bool ext)
{
    wr_u8(w, 2);
    size_t at = ext ? wr_mark_u16(w) : wr_mark_u8(w);
    size_t start = w->len;
    for (; most > 0 && *i < m->cnt; most--, (*i)++) {
        if (w->len - start + 2u + m->cap[*i].len > 255)
            break;
        wr_u8(w, m->cap[*i].code);
        wr_u8(w, m->cap[*i].len);
        wr_bytes(w, m->cap[*i].value, m->cap[*i].len);
    }
    if (ext)
        wr_patch_u16(w, at);
    else
        wr_patch_u8(w, at);
}

static size_t write_open(uint8_t *msg, const struct made *m, bool ext, struct dice *d)
{
    struct wr w = wr_of(msg, BGP_MSG_MAX);
    for (int i = 0; i < 16; i++)
        wr_u8(&w, 0xff);
    wr_u16(&w, 0);
    wr_u8(&w, BGP_TYPE_OPEN);
    wr_u8(&w, 4);
    wr_u16(&w, 64500);
    wr_u16(&w, 180);
    wr_u32(&w, 0xc0000209);
    if (ext)
        wr_u16(&w, 0xffff);
    size_t at = ext ? wr_mark_u16(&w) : wr_mark_u8(&w);
    for (unsigned i = 0; i < m->cnt;)
        write_param(&w, m, &i, 1 + roll(d, 10), ext);
    if (ext)
        wr_patch_u16(&w, at);
    else
        wr_patch_u8(&w, at);
    msg[16] = (uint8_t)(w.len >> 8);
    msg[17] = (uint8_t)w.len;
    return w.overflow ? 0 : w.len;
}

Test(roundtrip, opens_however_their_capabilities_are_packed)
{
    static struct bgp_open o;
    static struct made m;
    struct dice d = {42};
    unsigned checked[2] = {0};
    for (int n = 0; n < 2000; n++) {
        uint8_t msg[BGP_MSG_MAX];
        struct bgp_diag diag;
        bool ext = n & 1;
        make_caps(&m, &d);
        size_t len = write_open(msg, &m, ext, &d);
        if (len == 0) /* more than 255 octets, in the form that can't say so */
            continue;
        checked[ext]++;
        cr_assert_eq(bgp_msg_check(msg, len, &diag), 0);
        cr_assert_eq(bgp_open_index(msg, len, &o), 0);
        cr_assert(o.diags.cnt == 0 && o.ext_params == ext && o.cap_cnt == m.cnt);
        for (unsigned i = 0; i < m.cnt; i++) {
            cr_assert(o.cap[i].code == m.cap[i].code && o.cap[i].len == m.cap[i].len);
            cr_assert_eq(memcmp(msg + o.cap[i].off, m.cap[i].value, m.cap[i].len), 0);
        }
    }
    cr_assert(checked[0] > 100 && checked[1] == 1000, "%u %u", checked[0], checked[1]);
}
