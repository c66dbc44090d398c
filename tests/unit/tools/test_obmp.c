/* SPDX-License-Identifier: BSD-2-Clause */
/* OpenBMP's raw messages: both headers, several routers, damage between them. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/wr.h"
#include "schemas/wire/encode_bmp.h"
#include "tools/decode/decode.h"
#include "tools/decode/outlet.h"

enum { FILE_MAX = 1 << 16 };

static struct heard {
    unsigned initiations;
    uint32_t sources[8];
    uint64_t times[8];
    struct source_addr addr[8];
    char names[8][SOURCE_NAME_MAX + 1];
} heard;

static void take_event(struct decode *d, const struct decode_event *ev)
{
    const struct track_item *t = ev->item;
    unsigned n = heard.initiations;
    (void)d;
    if (!t->is_bmp)
        return;
    cr_assert(!t->bmp_bad && t->bmp.type == BMP_TYPE_INITIATION);
    cr_assert_lt(n, 8);
    heard.sources[n] = t->frame->source;
    heard.times[n] = t->frame->time;
    heard.addr[n] = t->source->info.remote;
    strcpy(heard.names[n], t->source->info.name);
    heard.initiations++;
}

static struct wr file_of(uint8_t *buf)
{
    return wr_of(buf, FILE_MAX);
}

static void put_binary(struct wr *w, uint8_t host, uint8_t type, unsigned messages)
{
    uint8_t bmp[512];
    struct wr b = wr_of(bmp, sizeof bmp);
    for (unsigned i = 0; i < messages; i++)
        encode_bmp_initiation(&b, "x", "router");
    wr_bytes(w, "OBMP\1\7", 6);
    wr_u16(w, 78 + 3 + 2);
    wr_u32(w, (uint32_t)b.len);
    wr_u8(w, 0x80);
    wr_u8(w, type);
    wr_u32(w, 1700000000);
    wr_u32(w, 250000);
    for (int i = 0; i < 2; i++)
        wr_u64(w, 1); /* collector hash */
    wr_u16(w, 3);
    wr_bytes(w, "rv2", 3);
    wr_u64(w, 0);
    wr_u64(w, host);
    wr_bytes(w, (const uint8_t[]){192, 0, 2, host}, 4);
    wr_u64(w, 0);
    wr_u32(w, 0);
    wr_u16(w, 2);
    wr_bytes(w, "g1", 2);
    wr_u32(w, 1);
    wr_bytes(w, bmp, b.len);
    cr_assert_not(w->overflow);
}

static void put_text(struct wr *w, const char *ip)
{
    uint8_t bmp[512];
    char head[256];
    struct wr b = wr_of(bmp, sizeof bmp);
    encode_bmp_initiation(&b, "x", "router");
    int n = snprintf(head, sizeof head,
                     "V: 1.7\nC_HASH_ID: 91e3\nR_HASH: a85c\nR_IP: %s\nL: %zu\n\n", ip, b.len);
    wr_bytes(w, head, (size_t)n);
    wr_bytes(w, bmp, b.len);
}

/* Reads octets as a file. Returns decode's status; *said is what it told. */
static enum decode_status read_octets(const uint8_t *p, size_t len, struct buf *said)
{
    static const struct decode_output output = {.name = "test", .write = take_event};
    char path[] = "/tmp/ribtape-obmp-XXXXXX";
    struct outlet_piece piece = {0};
    struct decode d = {.o = {.output = &output}, .command = "test", .piece = &piece};
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, p, len), (ssize_t)len);
    memset(&heard, 0, sizeof heard);
    decode_file(&d, path);
    unlink(path);
    close(fd);
    *said = piece.said;
    buf_add_char(said, '\0');
    buf_free(&d.out);
    return d.status;
}

Test(obmp, routers_are_told_apart)
{
    static uint8_t buf[FILE_MAX];
    struct wr w = file_of(buf);
    struct buf said;
    put_binary(&w, 1, 12, 1);
    put_binary(&w, 2, 12, 2);
    put_binary(&w, 1, 12, 1);
    cr_assert_eq(read_octets(buf, w.len, &said), DECODE_CLEAN);
    cr_assert_eq(heard.initiations, 4);
    cr_assert_eq(heard.sources[0], heard.sources[3]);
    cr_assert_neq(heard.sources[0], heard.sources[1]);
    cr_assert_eq(heard.sources[1], heard.sources[2]);
    cr_assert_eq(heard.addr[1].len, 4);
    cr_assert_eq(heard.addr[1].a[3], 2);
    cr_assert_eq(heard.times[0], UINT64_C(1700000000250000000));
    cr_assert_str_eq(heard.names[0], "g1");
    buf_free(&said);
}

Test(obmp, text_headers)
{
    static uint8_t buf[FILE_MAX];
    struct wr w = file_of(buf);
    struct buf said;
    put_text(&w, "2001:db8::7");
    put_text(&w, "192.0.2.7");
    cr_assert_eq(read_octets(buf, w.len, &said), DECODE_CLEAN);
    cr_assert_eq(heard.initiations, 2);
    cr_assert_eq(heard.addr[0].len, 16);
    cr_assert_eq(heard.addr[0].a[15], 7);
    cr_assert_eq(heard.addr[1].len, 4);
    buf_free(&said);
}

Test(obmp, other_objects_are_counted)
{
    static uint8_t buf[FILE_MAX];
    struct wr w = file_of(buf);
    struct buf said;
    put_binary(&w, 1, 1, 1);
    put_binary(&w, 1, 12, 1);
    cr_assert_eq(read_octets(buf, w.len, &said), DECODE_CLEAN);
    cr_assert_eq(heard.initiations, 1);
    cr_assert_not_null(strstr(said.p, "1 OpenBMP messages hold no BMP"));
    buf_free(&said);
}

Test(obmp, damage_is_passed_over)
{
    static uint8_t buf[FILE_MAX];
    struct wr w = file_of(buf);
    struct buf said;
    char want[64];
    put_binary(&w, 1, 12, 1);
    size_t start = w.len;
    for (int i = 0; i < 700; i++)
        wr_bytes(&w, "OBMV: junk", 10);
    size_t end = w.len;
    put_text(&w, "192.0.2.7");
    size_t whole = w.len;
    put_binary(&w, 2, 12, 1);
    cr_assert_eq(read_octets(buf, w.len - 3, &said), DECODE_DAMAGED);
    cr_assert_eq(heard.initiations, 2);
    snprintf(want, sizeof want, "offset %zu: ", start);
    cr_assert_not_null(strstr(said.p, want), "%s", said.p);
    snprintf(want, sizeof want, "%zu octets passed over", end - start);
    cr_assert_not_null(strstr(said.p, want), "%s", said.p);
    snprintf(want, sizeof want, "offset %zu: the file ends inside a message", whole);
    cr_assert_not_null(strstr(said.p, want), "%s", said.p);
    buf_free(&said);
}

Test(obmp, every_truncation_ends)
{
    static uint8_t buf[FILE_MAX];
    struct wr w = file_of(buf);
    put_binary(&w, 1, 12, 1);
    size_t first = w.len;
    put_text(&w, "192.0.2.7");
    for (size_t len = first + 1; len < w.len; len += 3) {
        struct buf said;
        cr_assert_eq(read_octets(buf, len, &said), DECODE_DAMAGED);
        cr_assert_eq(heard.initiations, 1);
        buf_free(&said);
    }
}
