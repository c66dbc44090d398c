/* SPDX-License-Identifier: BSD-2-Clause */
/* test_tlv: information TLVs, each registry, every truncation, and the E bit of version 4. */
#include "bmp/tlv.h"
#include "bmp_wire.h"

static const char *tlvs(struct heard *h, const struct bmp_tlv_table *table, const char *hex)
{
    static uint8_t bytes[WIRE_MAX];
    struct wr w = wr_of(bytes, sizeof bytes);
    struct emit *e = hear(h);
    wire_hex(&w, hex);
    emit_object(e, EMIT_ITEM);
    bmp_tlvs_emit(cur_of(bytes, w.len), table, e, KEY("t"), &h->diags);
    emit_object_end(e);
    return heard_text(h);
}

static void expect(const struct bmp_tlv_table *table, const char *hex, const char *want)
{
    struct heard h;
    cr_expect_str_eq(tlvs(&h, table, hex), want);
    cr_expect_eq(h.diags.cnt, 0);
    buf_free(&h.out);
}

Test(tlv, each_registry)
{
    expect(bmp_info_tlvs(3), "", "{}");
    expect(bmp_info_tlvs(3), "0002000263310003000176",
           "{\"t\":[{\"type\":2,\"name\":\"sys-name\",\"value\":\"c1\"},"
           "{\"type\":3,\"name\":\"table-name\",\"value\":\"v\"}]}");
    expect(bmp_info_tlvs(3), "fffb00020a0b", "{\"t\":[{\"type\":65531,\"raw\":\"0a0b\"}]}");
    expect(bmp_term_tlvs(3), "000100020003",
           "{\"t\":[{\"type\":1,\"name\":\"reason\",\"code\":3,"
           "\"value\":\"redundant-connection\"}]}");
    expect(bmp_term_tlvs(3), "00010002fffd",
           "{\"t\":[{\"type\":1,\"name\":\"reason\",\"code\":65533}]}");
}

Test(tlv, enterprise_bit_counts_in_version_4_only)
{
    expect(bmp_info_tlvs(4), "8002000600007ed90102",
           "{\"t\":[{\"type\":2,\"enterprise\":32473,\"raw\":\"0102\"}]}");
    expect(bmp_info_tlvs(4), "800200020102", "{\"t\":[{\"type\":2,\"raw\":\"0102\"}]}");
    expect(bmp_info_tlvs(3), "8002000600007ed90102",
           "{\"t\":[{\"type\":32770,\"raw\":\"00007ed90102\"}]}");
}

Test(tlv, a_reason_of_wrong_length)
{
    struct heard h;
    cr_expect_str_eq(tlvs(&h, bmp_term_tlvs(3), "00010003000102"),
                     "{\"t\":[{\"type\":1,\"name\":\"reason\",\"raw\":\"000102\"}]}");
    cr_expect_eq(h.diags.cnt, 1);
    EXPECT_DIAG(&h.diags, 0, LENGTH, 4, 0, 3);
    buf_free(&h.out);
}

Test(tlv, every_truncation)
{
    static const char whole[] = "000200026331";
    for (unsigned n = 1; n < 6; n++) {
        char cut[sizeof whole];
        struct heard h;
        memcpy(cut, whole, 2 * n);
        cut[2 * n] = '\0';
        const char *text = tlvs(&h, bmp_info_tlvs(3), cut);
        cr_expect_not_null(strstr(text, "{\"raw\":"), "%s", text);
        unsigned field = n < 2 ? 0 : n < 4 ? 2 : 4;
        EXPECT_DIAG(&h.diags, 0, TRUNCATED, field, 2, n - field);
        buf_free(&h.out);
    }
}
