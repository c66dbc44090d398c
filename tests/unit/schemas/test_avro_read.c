/* SPDX-License-Identifier: BSD-2-Clause */
/* Avro read back: what was a record is it again, whatever its members; what is none. */
#include <criterion/criterion.h>

#include "base/json_read.h"
#include "schemas/avro/avro_read.h"

static struct avro avro;
static struct buf binary, scratch, text;

static void setup(void)
{
    avro_init(&avro);
}

static void teardown(void)
{
    avro_free(&avro);
    buf_free(&binary);
    buf_free(&scratch);
    buf_free(&text);
}

TestSuite(avro_read, .init = setup, .fini = teardown);

static void encode(const char *record)
{
    size_t off;
    buf_clear(&binary);
    cr_assert_eq(
        json_read(record, strlen(record), EMIT_ITEM, &avro.emit, &scratch, &off), 0);
    cr_assert_eq(avro_take(&avro, &binary), 0);
}

static int decode(const void *p, size_t len)
{
    struct json j;
    buf_clear(&text);
    json_init(&j, &text);
    return avro_read(cur_of(p, (uint32_t)len), &j.emit, &scratch);
}

/* Members in the schema's order. */
static const char *const records[] = {
    "{\"v\":1,\"time\":1763842537.123456,\"type\":\"keepalive\"}",
    "{\"v\":1,\"seq\":7,\"shard\":0,\"epoch\":1763842537123456,\"peer_seq\":3,\"time\":1.000000,"
    "\"router_time\":2.000001,\"collector\":\"ix\",\"source\":\"bmp\",\"router\":{\"addr\":"
    "\"192.0.2.1\",\"name\":\"\xc3\xa9\\\"\"},\"peer\":{\"addr\":\"2001:db8::1\",\"asn\":4294967295,"
    "\"bgp_id\":\"1.2.3.4\",\"rib\":\"loc-rib\"},\"direction\":\"sent\",\"type\":\"update\","
    "\"announce\":[{\"afi\":\"ipv4\",\"safi\":\"unicast\",\"next_hop\":[\"192.0.2.1\"],\"nlri\":["
    "{\"prefix\":\"10.0.0.0/8\",\"path_id\":0},{\"prefix\":\"11.0.0.0/8\",\"path_id\":4294967295}]"
    "}],\"withdraw\":[{\"afi\":\"l2vpn\",\"safi\":\"evpn\",\"nlri\":[{\"labels\":[16,17],\"esi\":"
    "\"0\",\"gateway\":{\"a\":[1,null,true]}}]}],\"attrs\":{\"origin\":\"igp\",\"as_path\":[1,2,"
    "[3,4],5,{\"confed_sequence\":[6,7]},{\"confed_set\":[8]},9],\"med\":0,\"atomic_aggregate\":"
    "true,\"aggregator\":{\"addr\":\"192.0.2.2\",\"asn\":1},\"communities\":[\"64500:1\","
    "\"no-export\"],\"otc\":1,\"unknown\":[{\"code\":99,\"flags\":192,\"value\":\"00\"}]},"
    "\"raw\":\"ffff\",\"trailing\":\"00\",\"n\":-5}",
    "{\"v\":1,\"time\":1.000000,\"type\":\"update\",\"attrs\":{\"as_path\":[],\"communities\":[]}}",
    "{\"v\":1,\"time\":1.000000,\"type\":\"rib\",\"originated\":3.000000,\"seq\":\"a text\"}",
};

Test(avro_read, comes_back)
{
    for (size_t i = 0; i < sizeof records / sizeof records[0]; i++) {
        encode(records[i]);
        cr_assert_eq(decode(binary.p, binary.len), 0, "%s", records[i]);
        cr_assert(text.len == strlen(records[i]) &&
                      memcmp(text.p, records[i], text.len) == 0,
                  "%.*s instead of %s", (int)text.len, text.p, records[i]);
    }
}

Test(avro_read, what_is_cut_or_too_long)
{
    for (size_t i = 0; i < sizeof records / sizeof records[0]; i++) {
        encode(records[i]);
        for (size_t n = 0; n < binary.len; n++) {
            char *cut = malloc(n + 1);
            memcpy(cut, binary.p, n);
            cr_assert_eq(decode(cut, n), -1, "%zu of %zu octets taken", n, binary.len);
            free(cut);
        }
        buf_add_char(&binary, 0);
        cr_assert_eq(decode(binary.p, binary.len), -1, "an octet too many");
    }
}

/* Other writers may give arrays in blocks, with their lengths (specification 1.11, "Arrays"). */
Test(avro_read, blocks_of_others)
{
    static const char record[] =
        "{\"v\":1,\"time\":0.000000,\"type\":\"\",\"attrs\":{\"communities\":[\"a\",\"b\"]}}";
    static const char one[] = {4, 2, 'a', 2, 'b', 0}, blocks[] = {1, 4, 2, 'a', 2, 2, 'b', 0};
    encode(record);
    char *at = memmem(binary.p, binary.len, one, sizeof one);
    cr_assert_not_null(at);
    size_t before = (size_t)(at - binary.p);
    struct buf other = {0};
    buf_add(&other, binary.p, before);
    buf_add(&other, blocks, sizeof blocks);
    buf_add(&other, at + sizeof one, binary.len - before - sizeof one);
    cr_assert_eq(decode(other.p, other.len), 0);
    cr_assert(text.len == strlen(record) && memcmp(text.p, record, text.len) == 0);
    buf_free(&other);
}

/* Whatever the octets say: it ends, within them. */
Test(avro_read, no_octets_do_harm)
{
    encode(records[1]);
    for (size_t i = 0; i < binary.len; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            char *copy = malloc(binary.len);
            memcpy(copy, binary.p, binary.len);
            copy[i] = (char)(copy[i] ^ 1 << bit);
            (void)!decode(copy, binary.len);
            free(copy);
        }
    }
    static const uint8_t endless[] = {2,    0xff, 0xff, 0xff, 0xff, 0xff,
                                      0xff, 0xff, 0xff, 0xff, 0xff, 1};
    cr_assert_eq(decode(endless, sizeof endless), -1);
}

static enum avro_framing framing(const uint8_t *p, size_t len, size_t passed)
{
    struct cur c = cur_of(p, (uint32_t)len);
    enum avro_framing f = avro_framing_of(&c, UINT64_C(0x0807060504030201));
    cr_assert_eq(len - c.left, passed);
    return f;
}

Test(avro_read, framings)
{
    static const uint8_t single[] = {0xc3, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    static const uint8_t foreign[] = {0xc3, 1, 1, 2, 3, 4, 5, 6, 7, 9};
    static const uint8_t registered[] = {0, 0, 0, 0, 7, 2};
    static const uint8_t json[] = {'{', '}'};
    cr_assert_eq(framing(single, sizeof single, 10), AVRO_FRAMING_SINGLE);
    cr_assert_eq(framing(foreign, sizeof foreign, 10), AVRO_FRAMING_FOREIGN);
    cr_assert_eq(framing(registered, sizeof registered, 5), AVRO_FRAMING_REGISTERED);
    cr_assert_eq(framing(json, sizeof json, 0), AVRO_FRAMING_NONE);
    cr_assert_eq(framing(single, 9, 0), AVRO_FRAMING_NONE);
    cr_assert_eq(framing(registered, 4, 0), AVRO_FRAMING_NONE);
    cr_assert_eq(framing(json, 0, 0), AVRO_FRAMING_NONE);
}
