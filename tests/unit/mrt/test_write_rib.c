/* SPDX-License-Identifier: BSD-2-Clause */
/* TABLE_DUMP_V2 records, octet by octet (RFC 6396 section 4.3, RFC 8050 section 4), and as
 * bgpdump and mrtparse read them. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fmt.h"
#include "mrt/rib.h"

static const struct bgp_ctx asn4 = {.asn4 = true}, asn2;

static void expect(const struct wr *w, const char *hex)
{
    static char got[4096];
    got[fmt_hex(got, w->buf, w->len)] = '\0';
    cr_assert(!w->overflow);
    cr_assert_str_eq(got, hex);
}

#define ORIGIN    "\x40\x01\x01\x00"
#define PATH2     "\x40\x02\x06\x02\x02\xfb\xf4\xfb\xf5"
#define PATH4     "\x40\x02\x0a\x02\x02\x00\x00\xfb\xf4\x00\x00\xfb\xf5"
#define NEXT_HOP  "\x40\x03\x04\xc0\x00\x02\x09"
#define OCTETS(s) (const uint8_t *)(s), sizeof(s) - 1

static const struct mrt_rib_peer peers[] = {
    {.bgp_id = {192, 0, 2, 9}, .addr_len = 4, .addr = {192, 0, 2, 9}, .asn = 64500},
    {.bgp_id = {192, 0, 2, 8},
     .addr_len = 16,
     .addr = {0x20, 0x01, 0x0d, 0xb8, [15] = 8},
     .asn = 4200000001},
};

static void put_peers(struct wr *w)
{
    mrt_write_rib_peers(w, &(struct mrt_rib_peers){.time_s = 0x69221ab1,
                                                   .collector_id = {198, 51, 100, 1},
                                                   .view = "ix",
                                                   .peers = peers,
                                                   .cnt = 2});
}

static struct mrt_rib_node node_of(uint16_t afi, uint8_t safi, struct cur nlri,
                                   const struct mrt_rib_entry *e, size_t cnt)
{
    return (struct mrt_rib_node){.time_s = 0x69221ab1,
                                 .seq = 7,
                                 .afi = afi,
                                 .safi = safi,
                                 .nlri = nlri,
                                 .entries = e,
                                 .cnt = cnt};
}

static struct mrt_rib_node node4(const struct mrt_rib_entry *e, size_t cnt)
{
    return node_of(1, 1, cur_of(OCTETS("\x18\xcb\x00\x71")), e, cnt);
}

Test(mrt_write_rib, peers)
{
    uint8_t buf[256];
    struct wr w = wr_of(buf, sizeof(buf));
    put_peers(&w);
    expect(&w, "69221ab1"
               "000d"
               "0001"
               "00000030"
               "c6336401"
               "00026978"
               "0002"
               "02c0000209c00002090000fbf4"
               "03c000020820010db8000000000000000000000008fa56ea01");
}

/* The same peers again, with their places (RFC 6397 section 2); unknown ones are NaN. */
Test(mrt_write_rib, places)
{
    uint8_t buf[256];
    struct wr w = wr_of(buf, sizeof(buf));
    struct mrt_rib_peer placed[] = {peers[0], peers[1]};
    placed[0].place = (struct mrt_place){52.5f, -0.25f, true};
    mrt_write_rib_places(&w, &(struct mrt_rib_peers){.time_s = 0x69221ab1,
                                                     .collector_id = {198, 51, 100, 1},
                                                     .view = "ix",
                                                     .place = {-33.5f, 151.25f, true},
                                                     .peers = placed,
                                                     .cnt = 2});
    expect(&w, "69221ab1"
               "000d"
               "0007"
               "00000048"
               "c6336401"
               "00026978"
               "c206000043174000"
               "0002"
               "02c0000209c00002090000fbf442520000be800000"
               "03c000020820010db8000000000000000000000008fa56ea017fc000007fc00000");
}

Test(mrt_write_rib, ipv4_two_entries)
{
    uint8_t buf[256];
    const struct mrt_rib_entry e[] = {
        {.peer = 0, .time_s = 0x69221a00, .attrs = cur_of(OCTETS(ORIGIN))},
        {.peer = 1, .time_s = 0x69221a01, .attrs = cur_of(NULL, 0)},
    };
    struct wr w = wr_of(buf, sizeof(buf));
    struct mrt_rib_node n = node4(e, 2);
    mrt_write_rib(&w, &n);
    expect(&w, "69221ab1"
               "000d"
               "0002"
               "0000001e"
               "00000007"
               "18cb0071"
               "0002"
               "000069221a00000440010100"
               "000169221a010000");
}

Test(mrt_write_rib, ipv4_path_id)
{
    uint8_t buf[256];
    const struct mrt_rib_entry e = {.peer = 1,
                                    .time_s = 0x69221a00,
                                    .path_id = 0x01020304,
                                    .attrs = cur_of(OCTETS(ORIGIN))};
    struct wr w = wr_of(buf, sizeof(buf));
    struct mrt_rib_node n = node4(&e, 1);
    n.add_path = true;
    mrt_write_rib(&w, &n);
    expect(&w, "69221ab1"
               "000d"
               "0008"
               "0000001a"
               "00000007"
               "18cb0071"
               "0001"
               "000169221a0001020304000440010100");
}

/* RIB_GENERIC: AFI and SAFI stand before the NLRI. */
Test(mrt_write_rib, generic)
{
    uint8_t buf[256];
    const struct mrt_rib_entry e = {.attrs = cur_of(OCTETS(ORIGIN))};
    struct wr w = wr_of(buf, sizeof(buf));
    struct mrt_rib_node n =
        node_of(1, 4, cur_of(OCTETS("\x30\x00\x01\x01\xc0\x00\x02")), &e, 1);
    mrt_write_rib(&w, &n);
    expect(&w, "69221ab1"
               "000d"
               "0006"
               "0000001c"
               "00000007"
               "0001"
               "04"
               "30000101c00002"
               "0001"
               "000000000000000440010100");
}

Test(mrt_write_rib, subtypes)
{
    static const struct {
        uint16_t afi;
        uint8_t safi, want[2];
    } row[] = {{1, 1, {2, 8}},  {1, 2, {3, 9}},    {2, 1, {4, 10}},
               {2, 2, {5, 11}}, {1, 128, {6, 12}}, {25, 70, {6, 12}}};
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        for (unsigned ap = 0; ap < 2; ap++) {
            uint8_t buf[64];
            const struct mrt_rib_entry e = {0};
            struct wr w = wr_of(buf, sizeof(buf));
            struct mrt_rib_node n =
                node_of(row[i].afi, row[i].safi, cur_of(OCTETS("\x00")), &e, 1);
            n.add_path = ap;
            mrt_write_rib(&w, &n);
            cr_assert(!w.overflow);
            cr_assert_eq(buf[7], row[i].want[ap], "afi %u safi %u", row[i].afi, row[i].safi);
        }
    }
}

/* Counts of two octets never wrap. */
Test(mrt_write_rib, too_many)
{
    size_t cap = (size_t)65536 * 32 + 64;
    uint8_t *buf = malloc(cap);
    struct mrt_rib_peer *many = calloc(65536, sizeof(many[0]));
    struct mrt_rib_entry *e = calloc(65536, sizeof(e[0]));
    for (unsigned i = 0; i < 65536; i++)
        many[i].addr_len = 4;
    for (size_t over = 0; over < 2; over++) {
        struct wr w = wr_of(buf, cap);
        mrt_write_rib_peers(
            &w, &(struct mrt_rib_peers){.view = "", .peers = many, .cnt = 65535 + over});
        cr_assert_eq(w.overflow, over == 1);
        w = wr_of(buf, cap);
        struct mrt_rib_node n = node4(e, 65535 + over);
        mrt_write_rib(&w, &n);
        cr_assert_eq(w.overflow, over == 1);
    }
    free(e);
    free(many);
    free(buf);
}

Test(mrt_write_rib, head_max_is_enough)
{
    uint8_t buf[MRT_RIB_HEAD_MAX + 4 + MRT_RIB_ENTRY_MAX + 4];
    const struct mrt_rib_entry e = {.attrs = cur_of(OCTETS(ORIGIN))};
    struct wr w = wr_of(buf, sizeof(buf));
    struct mrt_rib_node n = node_of(1, 128, cur_of(OCTETS("\x18\xcb\x00\x71")), &e, 1);
    n.add_path = true;
    mrt_write_rib(&w, &n);
    cr_assert(!w.overflow);
    cr_assert_eq(w.len, sizeof(buf));
    for (size_t cap = 0; cap < sizeof(buf); cap++) {
        w = wr_of(buf, cap);
        mrt_write_rib(&w, &n);
        cr_assert(w.overflow, "cap %zu", cap);
    }
}

/* ---- attributes ---- */

static int attrs_of(struct wr *w, const uint8_t *p, size_t len, bool mp,
                    const struct bgp_ctx *ctx)
{
    static uint8_t msg[4096];
    static struct bgp_update u;
    struct wr m = wr_of(msg, sizeof(msg));
    for (unsigned i = 0; i < 16; i++)
        wr_u8(&m, 0xff);
    wr_u16(&m, (uint16_t)(23 + len));
    wr_u8(&m, 2);
    wr_u16(&m, 0);
    wr_u16(&m, (uint16_t)len);
    wr_bytes(&m, p, len);
    (void)bgp_update_index(msg, m.len, ctx, &u);
    return mrt_rib_attrs(w, &u, mp, ctx);
}

static void expect_attrs(const uint8_t *p, size_t len, bool mp, const struct bgp_ctx *ctx,
                         const char *hex)
{
    uint8_t buf[512];
    struct wr w = wr_of(buf, sizeof(buf));
    cr_assert_eq(attrs_of(&w, p, len, mp, ctx), 0);
    expect(&w, hex);
}

#define UNKNOWN "\xd0\xd5\x00\x02\xab\xcd" /* with a length of two octets: stays so */
#define REACH                                                                                  \
    "\x90\x0e\x00\x1b\x00\x02\x01\x10\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00"     \
    "\x00\x00\x09\x00\x28\x20\x01\x0d\xb8\x01"
#define UNREACH "\x80\x0f\x03\x00\x02\x01"

Test(mrt_rib_attrs, verbatim)
{
    expect_attrs(OCTETS(ORIGIN PATH4 NEXT_HOP UNKNOWN), false, &asn4,
                 "400101004002"
                 "0a02020000fbf40000fbf5400304c0000209d0d50002abcd");
}

Test(mrt_rib_attrs, mp_reach_abbreviated)
{
    expect_attrs(OCTETS(ORIGIN REACH UNREACH UNKNOWN), true, &asn4,
                 "40010100"
                 "800e111020010db8000000000000000000000009"
                 "d0d50002abcd");
}

/* An IPv4 route of the same UPDATE has nothing to do with it. */
Test(mrt_rib_attrs, mp_reach_of_another_family)
{
    expect_attrs(OCTETS(ORIGIN REACH NEXT_HOP), false, &asn4, "40010100400304c0000209");
}

Test(mrt_rib_attrs, two_octet_as_numbers)
{
    expect_attrs(OCTETS(ORIGIN PATH2 "\xc0\x07\x06\xfb\xf5\xc0\x00\x02\x07"), false, &asn2,
                 "40010100"
                 "5002000a02020000fbf40000fbf5"
                 "d00700080000fbf5c0000207");
}

Test(mrt_rib_attrs, two_octet_path_that_does_not_parse)
{
    expect_attrs(OCTETS("\x40\x02\x05\x02\x02\xfb\xf4\xfb"), false, &asn2, "4002050202fbf4fb");
}

Test(mrt_rib_attrs, broken_run)
{
    uint8_t buf[64];
    struct wr w = wr_of(buf, sizeof(buf));
    cr_assert_eq(attrs_of(&w, OCTETS(ORIGIN "\x40\x03\x09\xc0"), false, &asn4), -1);
}

Test(mrt_rib_attrs, no_room)
{
    for (size_t cap = 0; cap < sizeof(ORIGIN REACH) - 1 - 14; cap++) {
        uint8_t buf[64];
        struct wr w = wr_of(buf, cap < 20 ? cap : 20);
        cr_assert_eq(attrs_of(&w, OCTETS(ORIGIN REACH), true, &asn4), -1);
    }
}

/* ---- other readers ---- */

static void put(struct wr *w, uint16_t afi, uint8_t safi, struct cur nlri, bool add_path,
                struct cur attrs)
{
    const struct mrt_rib_entry e[] = {
        {.peer = 0, .time_s = 0x69221a00, .path_id = 5, .attrs = attrs},
        {.peer = 1, .time_s = 0x69221a00, .path_id = 6, .attrs = attrs}};
    struct mrt_rib_node n = node_of(afi, safi, nlri, e, 2);
    n.add_path = add_path;
    mrt_write_rib(w, &n);
}

#define ATTRS4 ORIGIN PATH4 NEXT_HOP
#define ATTRS6 ORIGIN PATH4 "\x80\x0e\x11\x10\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x09"

/* Returns what a command says of a dump of six RIB records, or skips the test. */
static void run_reader(const char *need, const char *command, char *out, size_t out_len)
{
    uint8_t buf[2048];
    char path[] = "/tmp/ribtape-test-rib.XXXXXX", line[512];
    struct wr w = wr_of(buf, sizeof(buf));
    struct cur p4 = cur_of(OCTETS("\x18\xcb\x00\x71"));
    struct cur p6 = cur_of(OCTETS("\x20\x20\x01\x0d\xb8"));
    put_peers(&w);
    put(&w, 1, 1, p4, false, cur_of(OCTETS(ATTRS4)));
    put(&w, 1, 2, p4, false, cur_of(OCTETS(ATTRS4)));
    put(&w, 2, 1, p6, false, cur_of(OCTETS(ATTRS6)));
    put(&w, 2, 2, p6, false, cur_of(OCTETS(ATTRS6)));
    put(&w, 1, 1, p4, true, cur_of(OCTETS(ATTRS4)));
    put(&w, 2, 1, p6, true, cur_of(OCTETS(ATTRS6)));
    cr_assert(!w.overflow);
    if (system(need) != 0)
        cr_skip_test("skipped: %s absent", need);
    int fd = mkstemp(path);
    cr_assert(fd >= 0 && write(fd, buf, w.len) == (ssize_t)w.len && close(fd) == 0);
    snprintf(line, sizeof(line), "%s %s 2>&1", command, path);
    FILE *f = popen(line, "r");
    cr_assert_not_null(f);
    out[fread(out, 1, out_len - 1, f)] = '\0';
    int rc = pclose(f);
    unlink(path);
    cr_assert_eq(rc, 0, "%s", out);
}

Test(mrt_write_rib, bgpdump_reads_it)
{
    char out[4096];
    run_reader("which bgpdump >/dev/null 2>&1", "bgpdump -m", out, sizeof(out));
    cr_assert_not_null(
        strstr(out, "|B|192.0.2.9|64500|203.0.113.0/24|64500 64501|IGP|192.0.2.9|"), "%s", out);
    cr_assert_not_null(
        strstr(out, "|B|2001:db8::8|4200000001|2001:db8::/32|64500 64501|IGP|2001:db8::9|"),
        "%s", out);
    unsigned lines = 0;
    for (const char *l = out; (l = strstr(l, "TABLE_DUMP2")) != NULL; l++)
        lines++;
    cr_assert_eq(lines, 8, "two entries of four records (it skips multicast):\n%s", out);
}

Test(mrt_write_rib, mrtparse_reads_it)
{
    char out[512];
    /* Debian's version 1.6, not what a PATH may hold */
    run_reader("/usr/bin/python3 -c 'import mrtparse' 2>/dev/null",
               "/usr/bin/python3 -c 'import sys, mrtparse\n"
               "n = e = 0\n"
               "for r in mrtparse.Reader(sys.argv[1]):\n"
               "    assert not r.mrt.err, r.mrt.err_msg\n"
               "    n += 1\n"
               "    e += len(getattr(getattr(r.mrt, \"rib\", None), \"entry\", []))\n"
               "print(n, e)'",
               out, sizeof(out));
    cr_assert_str_eq(out, "7 12\n");
}
