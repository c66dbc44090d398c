/* SPDX-License-Identifier: BSD-2-Clause */
/* test_captures: real routers' BMP, framed, tracked and recorded: every message counted and
 * none misread, and the same as Avro either way. The captures lie beside the repository; without them the tests say so.
 *
 * With RIBTAPE_RECORDS_OUT=FILE the records of all captures are appended there as NDJSON. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "schemas/record/record.h"
#include "tests/unit/schemas/avro_ways.h"

enum { STREAMS_MAX = 64, ADDRS_LEN = 36 };

/* One direction of a TCP connection, put together. */
struct stream {
    uint8_t ends[ADDRS_LEN]; /* addresses and ports */
    uint32_t next_seq;
    struct buf bytes;
};

struct capture {
    struct stream stream[STREAMS_MAX];
    unsigned stream_cnt;
};

static uint32_t le32(struct cur *c)
{
    uint8_t b[4] = {0};
    cr_assert(cur_copy(c, b, sizeof b));
    return (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[1] << 8 | b[0];
}

static struct stream *stream_of(struct capture *cap, const uint8_t ends[ADDRS_LEN],
                                uint32_t seq)
{
    for (unsigned i = 0; i < cap->stream_cnt; i++) {
        if (memcmp(cap->stream[i].ends, ends, ADDRS_LEN) == 0)
            return &cap->stream[i];
    }
    cr_assert_lt(cap->stream_cnt, STREAMS_MAX);
    struct stream *s = &cap->stream[cap->stream_cnt++];
    memcpy(s->ends, ends, ADDRS_LEN);
    s->next_seq = seq;
    return s;
}

static void take_tcp(struct capture *cap, struct cur tcp, uint8_t ends[ADDRS_LEN])
{
    uint32_t seq, ack;
    uint8_t offset;
    uint16_t ports[2];
    if (!cur_u16(&tcp, &ports[0]) || !cur_u16(&tcp, &ports[1]) || !cur_u32(&tcp, &seq) ||
        !cur_u32(&tcp, &ack) || !cur_u8(&tcp, &offset) || !cur_skip(&tcp, 7) ||
        !cur_skip(&tcp, (offset >> 4) * 4u - 20))
        return;
    memcpy(ends + 32, ports, 4);
    if (tcp.left == 0)
        return;
    struct stream *s = stream_of(cap, ends, seq);
    if ((int32_t)(seq - s->next_seq) < 0) { /* sent again */
        uint32_t known = s->next_seq - seq;
        if (known >= tcp.left || !cur_skip(&tcp, known))
            return;
        seq += known;
    }
    cr_assert_eq(seq, s->next_seq, "a segment is missing");
    buf_add(&s->bytes, tcp.p, tcp.left);
    s->next_seq += tcp.left;
}

static void take_packet(struct capture *cap, struct cur c)
{
    uint16_t type, total;
    uint8_t ends[ADDRS_LEN] = {0}, first, proto;
    struct cur tcp;
    if (!cur_skip(&c, 12) || !cur_u16(&c, &type))
        return;
    if (type == 0x8100 && (!cur_skip(&c, 2) || !cur_u16(&c, &type)))
        return;
    if (type == 0x0800) {
        if (!cur_u8(&c, &first) || !cur_skip(&c, 1) || !cur_u16(&c, &total) ||
            !cur_skip(&c, 5) || !cur_u8(&c, &proto) || !cur_skip(&c, 2) ||
            !cur_copy(&c, ends, 8) || !cur_skip(&c, (first & 15) * 4u - 20) ||
            !cur_take(&c, total - (first & 15) * 4u, &tcp) || proto != 6)
            return;
    } else if (type == 0x86dd) {
        if (!cur_skip(&c, 4) || !cur_u16(&c, &total) || !cur_u8(&c, &proto) ||
            !cur_skip(&c, 1) || !cur_copy(&c, ends, 32) || !cur_take(&c, total, &tcp) ||
            proto != 6)
            return;
    } else {
        return;
    }
    take_tcp(cap, tcp, ends);
}

static void read_capture(struct capture *cap, const char *path)
{
    FILE *f = fopen(path, "rb");
    cr_assert_not_null(f, "%s", path);
    fseek(f, 0, SEEK_END);
    size_t len = (size_t)ftell(f);
    rewind(f);
    uint8_t *all = malloc(len);
    cr_assert_eq(fread(all, 1, len, f), len);
    fclose(f);
    struct cur c = cur_of(all, len);
    cr_assert(cur_skip(&c, 24));
    while (c.left > 0) {
        struct cur packet;
        cr_assert(cur_skip(&c, 8));
        uint32_t there = le32(&c);
        (void)le32(&c);
        cr_assert(cur_take(&c, there, &packet));
        take_packet(cap, packet);
    }
    free(all);
}

/* What one capture holds, and what was made of it. */
struct tally {
    unsigned type[7], bad, raw, records, severe, path_ids, markings;
};

struct reader {
    struct track *track;
    struct tally *tally;
    struct buf out;
    struct json json;
    FILE *file;
};

static unsigned count(const char *s, const char *what)
{
    unsigned cnt = 0;
    while ((s = strstr(s, what)) != NULL) {
        s += strlen(what);
        cnt++;
    }
    return cnt;
}

static void feed(struct reader *r, enum journal_kind kind, uint32_t source, const uint8_t *p,
                 uint32_t len)
{
    struct journal_view f = {
        .kind = kind, .source = source, .p = p, .len = len, .time = 1763842537000000000};
    struct track_item item;
    struct bgp_diags diags;
    const struct record_options options = {0};
    cr_assert_eq(track_feed(r->track, &f, &item), 0);
    buf_clear(&r->out);
    r->tally->records += (unsigned)record_item(&r->json.emit, NULL, &item, &options, &diags);
    avro_ways_item(&item);
    buf_add_char(&r->out, '\0');
    if (r->file != NULL)
        fprintf(r->file, "%s\n", r->out.p);
    if (!item.is_bmp)
        return;
    r->tally->bad += item.bmp_bad;
    if (item.bmp.type < 7)
        r->tally->type[item.bmp.type]++;
    r->tally->raw += strstr(r->out.p, "\"raw\":") != NULL;
    r->tally->path_ids += count(r->out.p, "\"path_id\":");
    r->tally->markings += count(r->out.p, "\"path_marking\":");
    r->tally->severe += diags.worst > BGP_ACTION_NOTE;
}

static void read_stream(struct reader *r, const struct stream *s, uint32_t source)
{
    uint8_t declared[SOURCE_PAYLOAD_MAX];
    struct source_info info = {.kind = SOURCE_BMP};
    struct wr w = wr_of(declared, sizeof declared);
    source_encode(&info, &w);
    feed(r, JOURNAL_SOURCE, source, declared, (uint32_t)w.len);
    const uint8_t *p = (const uint8_t *)s->bytes.p;
    size_t left = s->bytes.len;
    uint32_t len, need;
    struct bgp_diag diag;
    while (left > 0 &&
           bmp_frame_next(p, left, BMP_MSG_MAX_DEFAULT, &len, &need, &diag) == BGP_FRAME_OK) {
        feed(r, JOURNAL_BMP, source, p, len);
        p += len;
        left -= len;
    }
    cr_expect_eq(left, 0, "%zu octets are no BMP message", left);
}

/* Counts by BMP type, 0 to 6, as the data's README has them. */
static const struct known {
    const char *path;
    unsigned type[7];
    unsigned raw;    /* records in doubt: ADD-PATH where nothing tells of it */
    unsigned severe; /* records of UPDATEs that RFC 7606 does not let pass */
} known[] = {
    {"netgauze/evpn.pcap", {143, 7, 2, 4}, 0, 0},
    {"netgauze/v4-path-marking.pcap", {3, 0, 1, 1}, 0, 0},
    {"netgauze/v4-stateless-add-path.pcap", {21, 0, 0, 9}, 0, 0},
    {"pmacct-200/traffic-00.pcap", {84, 0, 0, 18, 1}, 0, 0},
    {"pmacct-201/traffic-00.pcap", {251, 42, 0, 42, 1}, 0, 0},
    {"pmacct-204/traffic-00.pcap", {301, 28, 3, 10, 1}, 0, 0},
    {"pmacct-208/bmp-multi-sources-init.pcap", {[4] = 15}, 0, 0},
    {"pmacct-208/bmp-multi-sources-peer-up.pcap", {[3] = 289}, 0, 0},
    /* its Peer Ups are in the other file; 187 lack NEXT_HOP, 38 have a next hop without RD */
    {"pmacct-208/bmp-multi-sources-route-monitoring.pcap", {6955}, 200, 225},
    {"pmacct-208/bmp-multi-sources-stats.pcap", {[1] = 3626}, 0, 0},
    {"pmacct-400/traffic-00.pcap", {156, 14, 0, 7, 1}, 0, 0},
    {"pmacct-400/traffic-01.pcap", {156, 14, 0, 7, 1}, 0, 0},
    {"pmacct-401/traffic-00.pcap", {161, 7, 0, 7, 1}, 0, 0},
    {"pmacct-401/traffic-01.pcap", {161, 0, 0, 7, 1}, 0, 0},
};

/* Version 4: routes with a path identifier, and with a marking, as the origins' JSON has them.
 */
static const struct {
    const char *path;
    unsigned path_ids, markings;
} told[] = {
    {"netgauze/v4-path-marking.pcap", 0, 2},
    {"netgauze/v4-stateless-add-path.pcap", 10, 0},
};

static void check_told(const char *path, const struct tally *tally)
{
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
        if (strcmp(path, told[i].path) != 0)
            continue;
        cr_expect_eq(tally->path_ids, told[i].path_ids, "%s: %u", path, tally->path_ids);
        cr_expect_eq(tally->markings, told[i].markings, "%s: %u", path, tally->markings);
    }
}

static void check_capture(const struct known *k, FILE *file)
{
    char path[512];
    snprintf(path, sizeof path, "%s/bmp/%s", RIBTAPE_TEST_DATA, k->path);
    struct capture *cap = calloc(1, sizeof *cap);
    struct tally tally = {0};
    struct reader r = {.track = track_new(NULL), .tally = &tally, .file = file};
    json_init(&r.json, &r.out);
    read_capture(cap, path);
    for (unsigned i = 0; i < cap->stream_cnt; i++) {
        read_stream(&r, &cap->stream[i], i + 1);
        buf_free(&cap->stream[i].bytes);
    }
    unsigned sum = cap->stream_cnt; /* a record for each connection */
    for (unsigned t = 0; t < 7; t++) {
        sum += k->type[t];
        cr_expect_eq(tally.type[t], k->type[t], "%s: type %u: %u, not %u", k->path, t,
                     tally.type[t], k->type[t]);
    }
    cr_expect_eq(tally.records, sum, "%s: %u records", k->path, tally.records);
    cr_expect_eq(tally.bad, 0, "%s: %u with broken headers", k->path, tally.bad);
    cr_expect_eq(tally.raw, k->raw, "%s: %u not understood", k->path, tally.raw);
    cr_expect_eq(tally.severe, k->severe, "%s: %u with severe diagnostics", k->path,
                 tally.severe);
    check_told(k->path, &tally);
    buf_free(&r.out);
    track_free(r.track);
    free(cap);
}

Test(captures, bmp)
{
    if (access(RIBTAPE_TEST_DATA "/bmp", R_OK) != 0)
        cr_skip_test("skipped: %s/bmp absent", RIBTAPE_TEST_DATA);
    const char *out = getenv("RIBTAPE_RECORDS_OUT");
    FILE *file = out != NULL ? fopen(out, "w") : NULL;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        check_capture(&known[i], file);
    if (file != NULL)
        fclose(file);
}
