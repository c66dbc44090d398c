/* SPDX-License-Identifier: BSD-2-Clause */
/* test_filter: each term of the language on messages that hold and lack what it asks for, what
 * the operators make of them, and what errors say. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/wr.h"
#include "bgp/msg.h"
#include "schemas/filter/filter.h"
#include "schemas/filter/filter_path.h"
#include "schemas/filter/filter_prefix.h"

/* ---- messages ---- */

/* A message: three hex parts of an UPDATE. */
struct wire {
    uint8_t type;
    const char *withdrawn, *attrs, *nlri;
    bool asn2;
};

/* AS_PATH 64500 64501 {64502,64503}; communities 64500:100 and no-export, large 64500:1:2,
 * extended rt:64500:7. */
static const struct wire both = {
    BGP_TYPE_UPDATE, "18c00002",
    "400101 00 400214 0202 0000fbf4 0000fbf5 0102 0000fbf6 0000fbf7 400304 c0000209"
    "c00808 fbf40064 ffffff01 c0200c 0000fbf4 00000001 00000002 c01008 0002fbf400000007",
    "100a01 180a0203", false};
/* 2001:db8::/32 by 64510 4200000001. */
static const struct wire ipv6 = {
    BGP_TYPE_UPDATE, "",
    "400101 00 40020a 0202 0000fbfe fa56ea01"
    "800e1a 0002 01 10 20010db8000000000000000000000001 00 20 20010db8",
    "", false};
static const struct wire gone = {BGP_TYPE_UPDATE, "18c00002", "", "", false};
static const struct wire end4 = {BGP_TYPE_UPDATE, "", "", "", false};
static const struct wire end6 = {BGP_TYPE_UPDATE, "", "800f03 000201", "", false};
static const struct wire keepalive = {BGP_TYPE_KEEPALIVE, "", "", "", false};
static const struct wire odd = {99, "", "", "", false};
/* ORIGIN of two octets. */
static const struct wire bad = {BGP_TYPE_UPDATE, "", "400102 0000 400200 400304 c0000209",
                                "180a0203", false};
/* AS_PATH 23456 2 in two octets, AS4_PATH 4200000001 2. */
static const struct wire narrow = {
    BGP_TYPE_UPDATE, "",
    "400101 00 400206 0202 5ba0 0002 400304 c0000209 c0110a 0202 fa56ea01 00000002", "180a0203",
    true};
/* AS_PATH (65001 65002) [65003,65004] 7 */
static const struct wire confed = {
    BGP_TYPE_UPDATE, "",
    "400101 00 40021a 0302 0000fde9 0000fdea 0402 0000fdeb 0000fdec 0201 00000007"
    "400304 c0000209",
    "180a0203", false};
/* RD 64500:1, label 16, 10.1.2.0/24 */
static const struct wire vpn = {
    BGP_TYPE_UPDATE, "",
    "400101 00 400200 800e20 0001 80 0c 0000000000000000 c0000209 00"
    "70 000101 0000fbf400000001 0a0102",
    "", false};

struct subject {
    uint8_t msg[4096];
    struct journal_view frame;
    struct track_source source;
    struct track_peer peer;
    struct bgp_ctx ctx;
    struct track_item item;
};

static void put_hex(struct wr *w, const char *hex)
{
    unsigned v;
    for (; *hex != '\0'; hex++) {
        if (*hex == ' ')
            continue;
        cr_assert_eq(sscanf(hex++, "%2x", &v), 1);
        wr_u8(w, (uint8_t)v);
    }
}

static void make(struct subject *s, const struct wire *m)
{
    static const uint8_t marker[16] = {[0 ... 15] = 0xff};
    memset(s, 0, sizeof *s);
    struct wr w = wr_of(s->msg, sizeof s->msg);
    wr_bytes(&w, marker, sizeof marker);
    wr_u16(&w, 0);
    wr_u8(&w, m->type);
    if (m->type == BGP_TYPE_UPDATE) {
        size_t at = wr_mark_u16(&w);
        put_hex(&w, m->withdrawn);
        wr_patch_u16(&w, at);
        at = wr_mark_u16(&w);
        put_hex(&w, m->attrs);
        wr_patch_u16(&w, at);
        put_hex(&w, m->nlri);
    }
    s->msg[16] = (uint8_t)(w.len >> 8);
    s->msg[17] = (uint8_t)w.len;
    s->frame = (struct journal_view){.kind = JOURNAL_BGP_RECV,
                                     .seq = 1,
                                     .time = UINT64_C(1763842537123456000),
                                     .p = s->msg,
                                     .len = (uint32_t)w.len};
    s->source.info.kind = SOURCE_BGP;
    s->source.info.remote = (struct source_addr){.len = 4, .a = {192, 0, 2, 9}};
    strcpy(s->source.info.name, "edge1");
    s->peer.addr = s->source.info.remote;
    s->peer.asn = 64500;
    s->ctx = (struct bgp_ctx){.asn4 = !m->asn2, .ext_msg = true};
    s->item = (struct track_item){.frame = &s->frame,
                                  .source = &s->source,
                                  .peer = &s->peer,
                                  .ctx = &s->ctx,
                                  .bgp = s->msg,
                                  .bgp_len = s->frame.len};
}

static struct filter *compile(const char *text)
{
    char err[FILTER_ERROR_MAX];
    struct filter *f = filter_new(text, true, err);
    cr_assert_not_null(f, "%s: %s", text, err);
    return f;
}

/* Returns whether a message passes. */
static bool passes(const char *text, struct subject *m)
{
    static struct filter_subject s;
    struct filter *f = compile(text);
    enum filter_verdict v = filter_item(f, &m->item, &m->ctx, &s);
    bool yes = v == FILTER_ALL || (v == FILTER_SOME && filter_any(&s));
    filter_free(f);
    return yes;
}

/* Returns how many routes of a message pass. */
static unsigned routes(const char *text, struct subject *m)
{
    static struct filter_subject s;
    struct filter *f = compile(text);
    unsigned cnt = 0;
    cr_assert_eq(filter_item(f, &m->item, &m->ctx, &s), FILTER_SOME, "%s", text);
    cr_assert(filter_any(&s) || true);
    const struct bgp_section *const all[] = {&s.u.announced, &s.u.withdrawn};
    for (int i = 0; i < 2; i++) {
        struct nlri_iter it;
        struct nlri n;
        nlri_iter_init(&it, all[i]->family, &m->ctx, bgp_update_cur(&s.u, all[i]->nlri), i);
        while (nlri_iter_next(&it, &n) > 0)
            cnt += filter_route(&s, &n);
    }
    filter_free(f);
    return cnt;
}

struct row {
    const char *yes, *no; /* expressions that the message passes, and doesn't; NULL: none */
};

static void check(const struct wire *wire, const struct row *rows, size_t cnt)
{
    static struct subject m;
    make(&m, wire);
    for (size_t i = 0; i < cnt; i++) {
        if (rows[i].yes != NULL)
            cr_expect(passes(rows[i].yes, &m), "should pass: %s", rows[i].yes);
        if (rows[i].no != NULL)
            cr_expect_not(passes(rows[i].no, &m), "should not pass: %s", rows[i].no);
    }
}

#define CHECK(wire, ...)                                                                       \
    check(&(wire), (const struct row[]){__VA_ARGS__},                                          \
          sizeof((const struct row[]){__VA_ARGS__}) / sizeof(struct row))

/* ---- terms ---- */

Test(filter, who)
{
    CHECK(both, {"", NULL}, {"peer 192.0.2.9", "peer 192.0.2.8"},
          {"peer 192.0.2.0/24", "peer 2001:db8::/32"},
          {"peer 10.0.0.0/8,192.0.2.9", "peer ::/0"}, {"peer-as 64500", "peer-as 64501"},
          {"peer-as 1-64499, AS64500", "peer-as 1-64499"},
          {"peer-name edge1", "peer-name edge"}, {"peer-name edge*", "peer-name ?"},
          {"router 192.0.2.9", "router 192.0.2.10"}, {"router-name *ge1", "router-name x*"},
          {"direction received", "direction sent"}, {"not rib loc-rib", "rib adj-rib-*"});
}

Test(filter, views)
{
    static struct subject m;
    make(&m, &both);
    m.peer.bmp = true;
    m.peer.view = BMP_VIEW_LOC_RIB;
    strcpy(m.peer.table, "red");
    cr_expect(passes("rib loc-rib", &m));
    cr_expect_not(passes("rib adj-rib-in-pre, adj-rib-in-post", &m));
    cr_expect(passes("peer-name red", &m));
    m.frame.kind = JOURNAL_BGP_SENT;
    cr_expect(passes("direction sent", &m));
}

Test(filter, when)
{
    CHECK(both, {"start 1763842537", "start 1763842538"}, {"end 1763842538", "end 1763842537"},
          {"start 1763842537.123456 end 1763842537.1234561", "end 1763842537.123456"},
          {"start 2025-11-22T20:15:37", "start '2025-11-22 20:15:38'"},
          {"end 2025-11-23", "end 2025-11-22"},
          {"end 2025-11-22T20:16Z", "end 2025-11-22T20:15"});
}

Test(filter, types)
{
    CHECK(both, {"type update", "type open"}, {"type announce", "type eor"},
          {"type withdraw", "type keepalive,state,rib"}, {"type open,update", "type *-*"});
    CHECK(gone, {"type withdraw", "type announce"});
    CHECK(end6, {"type eor", "type announce,withdraw"});
    CHECK(keepalive, {"type keepalive", "type update,announce,withdraw,eor"});
    CHECK(odd, {"type bgp", "type update"});
}

Test(filter, families)
{
    CHECK(both, {"family ipv4-unicast", "family ipv6-unicast"}, {"family 1/1", "family 2/1"},
          {"family ipv4-*", "family unknown"});
    CHECK(ipv6, {"family *-unicast", "family ipv4-*"});
    CHECK(end4, {"family ipv4-unicast", "family ipv6-unicast"});
    CHECK(end6, {"family ipv6-unicast", "family ipv4-unicast"});
    CHECK(keepalive, {"not family *", "family *"});
}

Test(filter, prefixes)
{
    CHECK(both, {"prefix 10.1.0.0/16", "prefix 10.1.0.0/17"},
          {"prefix exact 10.2.3.0/24", "prefix exact 10.0.0.0/8"},
          {"prefix more 10.0.0.0/8", "prefix more 10.1.0.0/17"},
          {"prefix more 0.0.0.0/0", "prefix more ::/0"},
          {"prefix less 10.1.2.3", "prefix less 10.0.0.0/15"},
          {"prefix less 10.1.0.0/16", "prefix less 10.2.0.0/16"},
          {"prefix any 10.1.2.3", "prefix any 10.2.4.0/24"},
          {"prefix any 10.0.0.0/8", "prefix any 11.0.0.0/8"},
          {"prefix 192.0.2.0/24", "prefix 192.0.2.0/24 and type announce"},
          {"prefix 1.2.3.0/24,10.1.0.0/16", "prefix 1.2.3.0/24,10.1.0.0/15"});
    CHECK(ipv6, {"prefix more 2001::/16", "prefix more 2002::/16"},
          {"prefix less 2001:db8::1", "prefix 2001:db8::/33"});
    CHECK(vpn, {"prefix 10.1.2.0/24", "prefix 10.1.0.0/24"});
}

Test(filter, paths)
{
    CHECK(both, {"as-path _64501_", "as-path _6450_"}, {"as-path ^64500_", "as-path ^64501"},
          {"as-path ^(64500|1)_", "as-path \"^1|2$\""},
          {"as-path '64500 64501 \\{64502,64503}$'", "as-path _64501$"},
          {"as-path ^[0-9]+_[0-9]+_", "as-path ^[0-9]+$"},
          {"as-path (^.{5}_)", "as-path ^.{4}_"}, {"as-path 4500.6", "as-path ^$"},
          {"as-path _64502_64503_", "as-path _64503_64502_"},
          {"origin-as 64502", "origin-as 64501"},
          {"origin-as 64503-64510", "origin-as 1-64501"}, {"as 64501", "as 64504"});
    CHECK(ipv6, {"origin-as 4200000001", "origin-as 64510"},
          {"as-path _4200000001$", "as-path _64510$"});
    CHECK(narrow, {"as-path '^4200000001 2$'", "as-path 23456"}, {"as 4200000001", "as 23456"},
          {"origin-as 2", "origin-as 4200000001"});
    CHECK(confed, {"as-path '^\\(65001 65002\\) \\[65003,65004] 7$'", "as-path '^\\(65001,'"},
          {"as-path \\(65001_65002\\)", NULL}, {"origin-as 7", "origin-as 65004"},
          {"as 65003", "as 65005"});
    CHECK(vpn, {"as-path ^$", "as-path ."}, {"not as 1", "origin-as 0-4294967295"});
    CHECK(gone, {"not as-path .*", "as-path .*"});
}

Test(filter, communities)
{
    CHECK(both, {"community 64500:100", "community 64500:101"},
          {"community 64500:*", "community 64501:*"}, {"community *:1-100", "community *:1-99"},
          {"community no-export", "community no-advertise"},
          {"community 65535:65281", "community blackhole"},
          {"community no-*", "community graceful*"},
          {"community 64500:1:2", "community 64500:1:3"},
          {"community 64500:*:*", "community 1:*:*"},
          {"community rt:64500:7", "community rt:64500:8"},
          {"community rt:64500:*", "community soo:*"},
          {"community 1:1,64500:100", "community 1:1,2:2"});
    CHECK(ipv6, {"not community *", "community *"});
}

Test(filter, errors)
{
    CHECK(bad, {"error", NULL}, {"error treat-as-withdraw", "error session-reset"},
          {"error length", "error syntax"}, {"error origin-length", "error aigp-length"},
          {"error origin-*", "error as-path-*"}, {"error and prefix 10.2.3.0/24", "not error"});
    CHECK(both, {"not error", "error"});
}

/* ---- operators ---- */

Test(filter, operators)
{
    CHECK(both, {"peer-as 64500 prefix 10.1.0.0/16", "peer-as 1 prefix 10.1.0.0/16"},
          {"peer-as 1 or prefix 10.1.0.0/16", "peer-as 1 || prefix 11.1.0.0/16"},
          {"not peer-as 1", "!peer-as 64500"},
          {"not (peer-as 1 or type open)", "not not peer-as 1"},
          {"peer-as 1 and type open or type update", "peer-as 1 && (type open or type update)"},
          {"(((type update)))", "((peer-as 1) (type update))"});
}

/* The unit is a route: terms must hold for the same one. */
Test(filter, same_route)
{
    static struct subject m;
    make(&m, &both);
    cr_expect_not(passes("prefix 10.1.0.0/16 and prefix 10.2.3.0/24", &m));
    cr_expect(passes("not prefix 10.1.0.0/16", &m));
    cr_expect_not(passes("type withdraw and as-path _64501_", &m));
    cr_expect_not(passes("prefix 192.0.2.0/24 and community 64500:100", &m));
    cr_expect_eq(routes("prefix more 10.0.0.0/8", &m), 2);
    cr_expect_eq(routes("prefix 10.1.0.0/16 or type withdraw", &m), 2);
    cr_expect_eq(routes("not prefix 10.1.0.0/16", &m), 2);
    cr_expect_eq(routes("as-path _64501_", &m), 2);
    cr_expect_eq(routes("not community 64500:*", &m), 1);
}

/* What a message alone decides is decided without a route. */
Test(filter, verdicts)
{
    static struct subject m;
    static struct filter_subject s;
    static const struct {
        const char *text;
        enum filter_verdict want;
        bool indexed;
    } rows[] = {
        {"peer-as 1 and prefix 10.1.0.0/16", FILTER_NONE, false},
        {"prefix 10.1.0.0/16 and peer-as 1", FILTER_NONE, false},
        {"type open and as-path .", FILTER_NONE, false},
        {"peer-as 64500 or error", FILTER_ALL, false},
        {"family ipv6-unicast and prefix ::/0", FILTER_NONE, true},
        {"family ipv4-unicast", FILTER_ALL, true},
        {"as-path _1_", FILTER_NONE, true},
        {"as-path _64501_", FILTER_SOME, true},
    };
    make(&m, &both);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct filter *f = compile(rows[i].text);
        cr_expect_eq(filter_item(f, &m.item, &m.ctx, &s), rows[i].want, "%s", rows[i].text);
        cr_expect_eq(s.indexed, rows[i].indexed, "%s", rows[i].text);
        filter_free(f);
    }
}

/* ---- errors ---- */

Test(filter, columns)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"pier 1", "column 1: no term is called 'pier'"},
        {"peer", "column 5: `peer` wants ADDRESS[/BITS] here"},
        {"peer 1.2.3", "column 6: '1.2.3' is no address or prefix"},
        {"peer 1.2.3.4/33", "column 6: '1.2.3.4/33' is no address or prefix"},
        {"peer-as 1 and", "column 14: the expression ends where a term is wanted"},
        {"(peer-as 1", "column 1: this bracket is not closed"},
        {"peer-as 1)", "column 10: this bracket was not opened"},
        {"peer-as 1-", "column 9: '1-' is no AS number, nor FIRST-LAST"},
        {"peer-as 2-1", "column 9: '2-1' is no AS number, nor FIRST-LAST"},
        {"peer-as 4294967296", "column 9: '4294967296' is no AS number, nor FIRST-LAST"},
        {"as-path \"1", "column 9: this quotation has no end"},
        {"as-path a", "column 9: an AS path has no 'a' (character 1 of the expression)"},
        {"as-path *", "column 9: '*' repeats nothing (character 1 of the expression)"},
        {"type updates", "column 6: 'updates' is no type of message or route"},
        {"family ipv5", "column 8: 'ipv5' is no family"},
        {"start yesterday",
         "column 7: 'yesterday' is no time (seconds since 1970, or 2025-11-23T06:10:00)"},
        {"start 1,2", "column 8: a comma is for lists of values"},
        {"error aigp-lenght", "column 7: no error class or reason is called 'aigp-lenght'"},
        {"community 70000:1", "column 11: '70000:1': a community's parts are at most 65535"},
        {"prefix in /nonexistent", "column 11: /nonexistent: No such file or directory"},
        {"type update \"x\"", "column 13: a term is wanted here"},
    };
    char err[FILTER_ERROR_MAX];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_expect_null(filter_new(rows[i].text, true, err), "%s", rows[i].text);
        cr_expect_str_eq(err, rows[i].want);
    }
}

Test(filter, depth_is_bounded)
{
    char text[3000], err[FILTER_ERROR_MAX];
    memset(text, '(', sizeof text);
    text[sizeof text - 1] = '\0';
    cr_expect_null(filter_new(text, false, err));
    for (size_t i = 0; i + 4 < sizeof text; i += 4)
        memcpy(text + i, "not ", 5);
    cr_expect_null(filter_new(text, false, err));
    cr_expect(strstr(err, "nested too deep") != NULL, "%s", err);
}

Test(filter, lists_from_files)
{
    static struct subject m;
    char path[] = "/tmp/ribtape-filter-XXXXXX", text[128], err[FILTER_ERROR_MAX];
    int fd = mkstemp(path);
    FILE *f = fdopen(fd, "w");
    for (unsigned i = 0; i < 20000; i++)
        fprintf(f, "100.%u.%u.0/24%s", i / 256, i % 256, i % 3 ? "\n" : ", ");
    fputs("10.2.0.0/16 # ours\n2001:db8::/32\n", f);
    fclose(f);
    make(&m, &both);
    snprintf(text, sizeof text, "prefix more in %s", path);
    cr_expect(passes(text, &m));
    snprintf(text, sizeof text, "prefix in '%s' or peer in %s", path, path);
    cr_expect_not(passes(text, &m));
    cr_expect_null(filter_new(text, false, err));
    cr_expect(strstr(err, "files are not read here") != NULL);
    f = fopen(path, "a");
    fputs("10.0.0.0/8\nnonsense\n", f);
    fclose(f);
    cr_expect_null(filter_new(text, true, err));
    cr_expect(strstr(err, ":13337: 'nonsense' is no address or prefix") != NULL, "%s", err);
    unlink(path);
}

/* ---- AS path expressions by themselves ---- */

static bool matches(const char *expression, const char *path, bool table)
{
    char err[128];
    struct path_regex *re = path_regex_new(expression, strlen(expression), err, sizeof err);
    struct path_run run;
    cr_assert_not_null(re, "%s: %s", expression, err);
    cr_expect_eq(path_regex_states(re) > 0, table, "%s", expression);
    path_run_begin(&run, re);
    path_run_text(&run, path, strlen(path));
    bool yes = path_run_end(&run);
    path_regex_free(re);
    return yes;
}

Test(filter_path, both_engines_agree)
{
    /* the last seven digits decide: 2^n states */
    static const char *const wide = "1.{12}$", *const narrow = "1.{5}$";
    cr_expect(matches(narrow, "100000", true));
    cr_expect_not(matches(narrow, "2100000000", true));
    cr_expect(matches(wide, "1000000000000", false));
    cr_expect(matches(wide, "99991 00000000000", false));
    cr_expect_not(matches(wide, "9999100000000000", false));
}

Test(filter_path, syntax)
{
    static const struct {
        const char *expression, *yes, *no;
    } rows[] = {
        {"^$", "", "1"},
        {"", "1", NULL},
        {"^1(_2)*$", "1 2 2 2", "1 2 3"},
        {"^(1|2|)_3$", "2 3", "4 3"},
        {"^1{2,3}$", "111", "1111"},
        {"^1{2,}$", "111111", "1"},
        {"^(_?12){2}$", "12 12", "12"},
        {"[^1-9 ]", "20", "12 3"},
        {"^[]1]$", "]", "2"},
        {"^_1_$", "1", "11"},
        {"_$", "5", NULL},
        {"^(1_)+2$", "1 1 1 2", "1 1"},
        {"\\{1,2}", "9 {1,2}", "1 2"},
        {"^((1|2)+_?)+3$", "1 2 1 2 3", "1 2 1 2"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_expect(matches(rows[i].expression, rows[i].yes, true), "%s", rows[i].expression);
        if (rows[i].no != NULL)
            cr_expect_not(matches(rows[i].expression, rows[i].no, true), "%s !~ %s", rows[i].no,
                          rows[i].expression);
    }
}

Test(filter_path, nothing_explodes)
{
    static const char *const rows[] = {"(((((){255}){255}){255}){255}){255}",
                                       "((1*)*)*$",
                                       "(((1{255}){255}){255})",
                                       "(",
                                       "[",
                                       "[1",
                                       "1{999}",
                                       "1{3,2}",
                                       "x",
                                       ")",
                                       "[3-1]"};
    char err[128], path[20000];
    memset(path, '1', sizeof path);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct path_regex *re = path_regex_new(rows[i], strlen(rows[i]), err, sizeof err);
        cr_expect_eq(re != NULL, i < 2, "%s", rows[i]);
        if (re == NULL)
            continue;
        struct path_run run;
        path_run_begin(&run, re);
        path_run_text(&run, path, sizeof path);
        cr_expect(path_run_end(&run));
        path_regex_free(re);
    }
}

/* ---- sets of prefixes against the plain definition ---- */

static bool holds(const struct filter_prefix *a, const struct filter_prefix *b)
{
    for (unsigned i = 0; i < a->bits; i++) {
        uint64_t x = i < 64 ? a->hi ^ b->hi : a->lo ^ b->lo;
        if (x >> (63 - i % 64) & 1)
            return false;
    }
    return a->bits <= b->bits;
}

static struct filter_prefix random_prefix(uint64_t *random, bool v6)
{
    uint8_t addr[16];
    for (int i = 0; i < 16; i++) { /* few distinct bits: nesting is wanted */
        *random = *random * UINT64_C(6364136223846793005) + 1442695040888963407u;
        addr[i] = (uint8_t)(*random >> 60 & 0x3);
    }
    *random = *random * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return filter_prefix_of(addr, v6 ? 16 : 4, (unsigned)(*random >> 33) % (v6 ? 129 : 33));
}

Test(filter_prefix, all_modes)
{
    enum { CNT = 100 }; /* long enough for an index */
    uint64_t random = 7;
    for (int round = 0; round < 200; round++) {
        struct filter_prefixes set = {0};
        struct filter_prefix member[CNT], p;
        bool v6 = round % 2;
        for (int i = 0; i < CNT; i++) {
            member[i] = random_prefix(&random, v6);
            cr_assert_eq(filter_prefixes_add(&set, v6, member[i]), 0);
        }
        cr_assert_eq(filter_prefixes_finish(&set), 0);
        for (int k = 0; k < 50; k++) {
            bool exact = false, more = false, less = false;
            p = k < 5 ? member[k] : random_prefix(&random, v6);
            for (int i = 0; i < CNT; i++) {
                more |= holds(&member[i], &p);
                less |= holds(&p, &member[i]);
                exact |= holds(&member[i], &p) && holds(&p, &member[i]);
            }
            cr_expect_eq(filter_prefixes_match(&set, FILTER_PREFIX_EXACT, v6, p), exact);
            cr_expect_eq(filter_prefixes_match(&set, FILTER_PREFIX_MORE, v6, p), more);
            cr_expect_eq(filter_prefixes_match(&set, FILTER_PREFIX_LESS, v6, p), less);
            cr_expect_eq(filter_prefixes_match(&set, FILTER_PREFIX_ANY, v6, p), more || less);
            cr_expect_not(filter_prefixes_match(&set, FILTER_PREFIX_ANY, !v6, p));
        }
        filter_prefixes_free(&set);
    }
}
