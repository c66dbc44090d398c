/* SPDX-License-Identifier: BSD-2-Clause */
/* Records of a table read into a RIB: floors in any order, nulls, what is no such record. */
#include <criterion/criterion.h>

#include <stdio.h>

#include "tools/kafka/rib_topic.h"

#define VIEW  "0123456789abcdef"
#define OTHER "fedcba9876543210"

static struct rib_topic *topic;
static struct play *play;

static void setup(void)
{
    topic = rib_topic_new();
    play = play_new();
    cr_assert(topic != NULL && play != NULL);
}

static void teardown(void)
{
    rib_topic_free(topic);
    play_free(play);
}

TestSuite(rib_topic, .init = setup, .fini = teardown);

static struct cur text(const char *s)
{
    return cur_of(s, strlen(s));
}

static int take(const char *key, const char *value, struct cur nlri)
{
    static const uint8_t attrs[] = {0x40, 1, 1, 0};
    const struct rib_topic_record r = {
        .key = text(key),
        .value = text(value),
        .nlri = nlri,
        .attrs = value[0] != '\0' ? cur_of(attrs, sizeof attrs) : cur_of(NULL, 0)};
    return rib_topic_take(topic, &r);
}

#define NLRI(...)                                                                              \
    cur_of(((const uint8_t[]){__VA_ARGS__}), sizeof((const uint8_t[]){__VA_ARGS__}))

/* A route of 10.N.0.0/16. */
static int route(const char *view, unsigned n, unsigned epoch, unsigned seq)
{
    char key[64], value[300];
    snprintf(key, sizeof key, "%s/1/1/0a%02x000010", view, n);
    snprintf(value, sizeof value,
             "{\"v\":1,\"epoch\":%u,\"peer_seq\":%u,\"time\":%u.500000,\"peer\":{\"addr\":"
             "\"192.0.2.9\",\"asn\":64500,\"bgp_id\":\"192.0.2.1\"},\"type\":\"update\"}",
             epoch, seq, 1000 + seq);
    return take(key, value, NLRI(16, 10, (uint8_t)n));
}

static int gone(const char *view, unsigned n)
{
    char key[64];
    snprintf(key, sizeof key, "%s/1/1/0a%02x000010", view, n);
    return take(key, "", NLRI(16, 10, (uint8_t)n));
}

static int floor_at(const char *key, unsigned epoch, unsigned seq)
{
    char value[300];
    snprintf(value, sizeof value,
             "{\"epoch\":%u,\"peer_seq\":9,\"time\":2000.000000,\"peer\":{\"addr\":"
             "\"192.0.2.9\",\"asn\":64500,\"bgp_id\":\"192.0.2.1\"},\"type\":\"view\",\"up\":true,\"floor\":[%u,%u]}",
             epoch, epoch, seq);
    return take(key, value, cur_of(NULL, 0));
}

static uint32_t routes_left(void)
{
    uint32_t cnt = 0;
    cr_assert_eq(rib_topic_end(topic, play), 0);
    for (const struct play_peer *p = play->first; p != NULL; p = p->next)
        cnt += rib_peer_routes(play->rib, p->updates.peer);
    return cnt;
}

Test(rib_topic, a_table)
{
    cr_assert_eq(floor_at(VIEW, 5, 0), 1);
    for (unsigned n = 1; n <= 4; n++)
        cr_assert_eq(route(VIEW, n, 5, n), 1);
    cr_assert_eq(gone(VIEW, 2), 1);
    cr_assert_eq(gone(VIEW, 9), 1, "was never there");
    cr_assert_eq(route(VIEW, 3, 5, 7), 1, "again");
    cr_assert_eq(routes_left(), 3);
    const struct play_peer *p = play->first;
    cr_assert(p->known && p->next == NULL);
    cr_assert(p->who.asn == 64500 && p->who.addr_len == 4 && p->who.addr[3] == 9);
    cr_assert_eq(p->who.bgp_id[3], 1);
    struct rib_route r;
    const struct nlri n = {.row = nlri_row_of(nlri_family_index(1, 1)),
                           .body = NLRI(16, 10, 3)};
    cr_assert(rib_find(play->rib, p->updates.peer, &n, &r));
    cr_assert_eq(r.time_s, 1007);
    cr_assert_eq(r.attrs.left, 4);
    cr_assert_eq(play->now_s, 2000);
}

/* What ends routes may come first or last: partitions are read in any order. */
Test(rib_topic, floors_in_any_order)
{
    cr_assert_eq(floor_at(VIEW "/1/1", 6, 3), 1);
    cr_assert_eq(route(VIEW, 1, 5, 90), 1, "of the session before");
    cr_assert_eq(route(VIEW, 2, 6, 2), 1, "not repeated in the refresh");
    cr_assert_eq(route(VIEW, 3, 6, 3), 1);
    cr_assert_eq(route(VIEW, 4, 6, 8), 1);
    cr_assert_eq(route(OTHER, 1, 1, 1), 1, "of another view, whose beginning is not there");
    cr_assert_eq(floor_at(VIEW, 6, 0), 1);
    cr_assert_eq(routes_left(), 3);
    unsigned known = 0, unknown = 0;
    for (const struct play_peer *p = play->first; p != NULL; p = p->next)
        *(p->known ? &known : &unknown) += 1;
    cr_assert(known == 1 && unknown == 1);
}

Test(rib_topic, a_session_that_is_over)
{
    cr_assert_eq(route(VIEW, 1, 5, 1), 1);
    cr_assert_eq(floor_at(VIEW, 5, 2), 1);
    cr_assert_eq(routes_left(), 0);
}

/* RFC 9494: the routes of a family that have NO_LLGR have a floor of their own. */
Test(rib_topic, floor_of_a_community)
{
    static const uint8_t attrs[] = {0x40, 1, 1, 0, 0xc0, 8, 8, 0, 1, 0, 1, 0xff, 0xff, 0, 7};
    static const char value[] = "{\"epoch\":5,\"peer_seq\":4,\"time\":1.000000}";
    const struct rib_topic_record r = {.key = text(VIEW "/1/1/0a00000008"),
                                       .value = text(value),
                                       .nlri = NLRI(8, 10),
                                       .attrs = cur_of(attrs, sizeof attrs)};
    cr_assert_eq(floor_at(VIEW "/1/1/no-llgr", 5, 5), 1);
    cr_assert_eq(floor_at(VIEW "/1/1", 5, 2), 1);
    cr_assert_eq(rib_topic_take(topic, &r), 1);
    cr_assert_eq(route(VIEW, 1, 5, 1), 1, "below the family's");
    cr_assert_eq(route(VIEW, 2, 5, 3), 1, "between both, without the community");
    cr_assert_eq(take(VIEW "/1/1/no-llgr", "", cur_of(NULL, 0)), 0, "null of a floor");
    cr_assert_eq(routes_left(), 1);
}

Test(rib_topic, path_ids)
{
    static const char value[] = "{\"epoch\":1,\"peer_seq\":1,\"time\":1.000000}";
    cr_assert_eq(take(VIEW "/1/1/0a00000008/1", value, NLRI(8, 10)), 1);
    cr_assert_eq(take(VIEW "/1/1/0a00000008/4294967295", value, NLRI(8, 10)), 1);
    cr_assert_eq(take(VIEW "/1/1/0a00000008", value, NLRI(8, 10)), 1);
    cr_assert_eq(take(VIEW "/1/1/0a00000008/1", "", NLRI(8, 10)), 1);
    cr_assert_eq(routes_left(), 2);
}

Test(rib_topic, what_is_none)
{
    static const char value[] = "{\"epoch\":1,\"peer_seq\":1,\"time\":1.000000}";
    const struct cur none = cur_of(NULL, 0), nlri = NLRI(8, 10);
    cr_assert_eq(take("", value, nlri), 0);
    cr_assert_eq(take("0123456789abcde", value, nlri), 0, "a short key");
    cr_assert_eq(take(VIEW "/1", value, nlri), 0);
    cr_assert_eq(take(VIEW "/x/1/0a", value, nlri), 0);
    cr_assert_eq(take(VIEW "/1/256/0a", value, nlri), 0);
    cr_assert_eq(take(VIEW "/1/1/0a/-1", value, nlri), 0);
    cr_assert_eq(take(VIEW "/1/1/0a/1/1", value, nlri), 0);
    cr_assert_eq(take(VIEW, "", none), 0, "null of a view");
    cr_assert_eq(take(VIEW, value, none), 0, "no floor: a message's record");
    cr_assert_eq(take(VIEW "/1/1/0a00000008", value, none), 0, "no octets");
    cr_assert_eq(take(VIEW "/1/99/0a00000008", value, nlri), 0, "no family");
    cr_assert_eq(take(VIEW "/1/1/0a00000008", "{\"epoch\":1}", nlri), 0);
    cr_assert_eq(take(VIEW "/1/1/0a00000008", "\xc3\x01", nlri), 0, "no JSON");
    cr_assert_eq(take(VIEW "/1/1/0a00000008", value, NLRI(40, 10, 0, 0, 0, 0)), 0);
    cr_assert_eq(routes_left(), 0);
}
