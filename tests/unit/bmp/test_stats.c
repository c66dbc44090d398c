/* SPDX-License-Identifier: BSD-2-Clause */
/* test_stats: statistics reports: every type, both widths, wrong lengths, every truncation. */
#include "bmp/stats.h"
#include "bmp_wire.h"

static const char *stats_of(struct heard *h, uint8_t version, const char *hex, unsigned len)
{
    static uint8_t bytes[WIRE_MAX];
    struct wr w = wr_of(bytes, sizeof bytes);
    struct emit *e = hear(h);
    wire_hex(&w, hex);
    emit_object(e, EMIT_ITEM);
    bmp_stats_emit(version, cur_of(bytes, len < w.len ? len : w.len), e, &h->diags);
    emit_object_end(e);
    return heard_text(h);
}

static const char *stats(struct heard *h, const char *hex, unsigned len)
{
    return stats_of(h, 3, hex, len);
}

Test(stats, version_4_with_and_without_its_tlv)
{
    static const char want[] =
        "{\"stats\":[{\"type\":0,\"name\":\"rejected-inbound-policy\",\"value\":7}]}";
    struct heard h;
    cr_expect_str_eq(stats_of(&h, 4,
                              "00000001"
                              "0000000400000007",
                              64),
                     want);
    cr_expect_eq(h.diags.cnt, 0);
    buf_free(&h.out);
    cr_expect_str_eq(stats_of(&h, 4,
                              "0001000c"
                              "00000001"
                              "0000000400000007",
                              64),
                     want);
    cr_expect_eq(h.diags.cnt, 0);
    buf_free(&h.out);
}

Test(stats, version_4_has_tlvs_beside_them)
{
    struct heard h;
    cr_expect_str_eq(
        stats_of(&h, 4,
                 "00090002abcd"
                 "0001000c"
                 "00000001"
                 "0000000400000007"
                 "8001000500000009ff",
                 64),
        "{\"stats\":[{\"type\":0,\"name\":\"rejected-inbound-policy\",\"value\":7}],"
        "\"tlvs\":[{\"type\":9,\"raw\":\"abcd\"},{\"type\":1,\"name\":\"stats\"},"
        "{\"type\":1,\"enterprise\":9,\"raw\":\"ff\"}]}");
    cr_expect_eq(h.diags.cnt, 0);
    buf_free(&h.out);
}

/* The E bit, an experimental type of before, and in version 3 neither. */
Test(stats, version_4_has_enterprises_statistics)
{
    static const char body[] = "00000004"
                               "8003000800000009"
                               "0000002a"
                               "8003000c00000009"
                               "0000000100000000"
                               "800300060000000901ff"
                               "fffb000400000007";
    struct heard h;
    cr_expect_str_eq(stats_of(&h, 4, body, 64),
                     "{\"stats\":[{\"type\":3,\"enterprise\":9,\"value\":42},"
                     "{\"type\":3,\"enterprise\":9,\"value\":4294967296},"
                     "{\"type\":3,\"enterprise\":9,\"raw\":\"01ff\"},"
                     "{\"type\":65531,\"name\":\"experimental\",\"value\":7}]}");
    cr_expect_eq(h.diags.cnt, 0);
    buf_free(&h.out);
    cr_expect_str_eq(stats_of(&h, 3, "000000018003000800000009"
                                     "0000002a", 64),
                     "{\"stats\":[{\"type\":32771,\"value\":38654705706}]}");
    buf_free(&h.out);
}

Test(stats, version_4_without_statistics_or_cut)
{
    struct heard h;
    cr_expect_str_eq(stats_of(&h, 4, "00090001aa", 64),
                     "{\"tlvs\":[{\"type\":9,\"raw\":\"aa\"}]}");
    EXPECT_DIAG(&h.diags, 0, MISSING, 0, 4, 5);
    buf_free(&h.out);
    stats_of(&h, 4,
             "0001000c"
             "00000001"
             "0000000400000007",
             15);
    EXPECT_DIAG(&h.diags, 0, MISSING, 0, 4, 15);
    EXPECT_DIAG(&h.diags, 1, TRUNCATED, 4, 12, 11);
    buf_free(&h.out);
}

Test(stats, every_type_by_its_shape)
{
    static const char *const values[] = {
        [BMP_STAT_COUNTER] = "000400000007",
        [BMP_STAT_GAUGE] = "00080000000000000007",
        [BMP_STAT_FAMILY] = "000b0002010000000000000007",
    };
    unsigned known = 0;
    for (unsigned type = 0; type < 65536; type++) {
        const struct bmp_stat_row *row = bmp_stat_row_of((uint16_t)type);
        if (row == NULL)
            continue;
        char hex[64], want[256];
        struct heard h;
        snprintf(hex, sizeof hex, "00000001%04x%s", type, values[row->shape]);
        snprintf(want, sizeof want, "{\"stats\":[{\"type\":%u,\"name\":\"%s\",%s\"value\":7}]}",
                 type, row->name,
                 row->shape == BMP_STAT_FAMILY ? "\"afi\":\"ipv6\",\"safi\":\"unicast\"," : "");
        cr_expect_str_eq(stats(&h, hex, 64), want);
        cr_expect_eq(h.diags.cnt, 0);
        buf_free(&h.out);
        known++;
    }
    cr_expect_eq(known, 42); /* 0 to 43 without 24 and 25 */
}

/* Senders mix the widths: the number is read, and the width named. */
Test(stats, numbers_of_the_other_width)
{
    static const struct {
        const char *hex;
        uint32_t need, have;
    } cases[] = {
        {"00000001000000080000000000000007", 4, 8}, /* a counter of eight octets */
        {"000000010007000400000007", 8, 4},         /* a gauge of four */
        {"000000010009000700010100000007", 11, 7},  /* a family's gauge of four */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct heard h;
        const char *text = stats(&h, cases[i].hex, 64);
        cr_expect_not_null(strstr(text, "\"value\":7"), "%s", text);
        EXPECT_DIAG(&h.diags, 0, WIDTH, 8, cases[i].need, cases[i].have);
        buf_free(&h.out);
    }
}

Test(stats, a_width_that_is_no_number)
{
    struct heard h;
    cr_expect_str_eq(
        stats(&h, "0000000100000003000007", 64),
        "{\"stats\":[{\"type\":0,\"name\":\"rejected-inbound-policy\",\"raw\":\"000007\"}]}");
    EXPECT_DIAG(&h.diags, 0, LENGTH, 8, 4, 3);
    buf_free(&h.out);
}

Test(stats, unknown_types_by_number)
{
    struct heard h;
    cr_expect_str_eq(stats(&h, "00000002fffb0004000000090018000101", 64),
                     "{\"stats\":[{\"type\":65531,\"name\":\"experimental\",\"value\":9},"
                     "{\"type\":24,\"raw\":\"01\"}]}");
    cr_expect_eq(h.diags.cnt, 0);
    buf_free(&h.out);
}

Test(stats, a_count_that_is_not_true)
{
    struct heard h;
    stats(&h, "00000003000000040000000700010004000000", 64); /* and cut */
    EXPECT_DIAG(&h.diags, 0, TRUNCATED, 16, 4, 3);
    EXPECT_DIAG(&h.diags, 1, VALUE, 4, 1, 3);
    buf_free(&h.out);
}

Test(stats, every_truncation)
{
    static const char whole[] = "00000001000000040000000a";
    static const unsigned fields[] = {0, 4, 6, 8, 12};
    static const unsigned needs[] = {4, 2, 2, 4};
    for (unsigned n = 0; n < 12; n++) {
        struct heard h;
        unsigned f = 0;
        while (fields[f + 1] <= n)
            f++;
        stats(&h, whole, n);
        if (n == 4) /* ends between two statistics: only the count is wrong */
            EXPECT_DIAG(&h.diags, 0, VALUE, 4, 0, 1);
        else
            EXPECT_DIAG(&h.diags, 0, TRUNCATED, fields[f], needs[f], n - fields[f]);
        buf_free(&h.out);
    }
}
