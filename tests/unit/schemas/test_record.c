/* SPDX-License-Identifier: BSD-2-Clause */
/* test_record: scenarios of frames and the records they make, from tests/golden/records.txt.
 *
 * Lines of the file: `# comment`; `scenario NAME` (a new tracker); `option raw|keepalives`;
 * `frame KIND SOURCE HEX`; `repeat KIND SOURCE HEX`; `record JSON`, what the frame before must
 * make; `record -`, when it makes none. With RIBTAPE_GOLDEN_OUT=FILE the file is written anew
 * with the records as they are. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "schemas/record/record.h"

enum { LINE_MAX = 1 << 17 };

static const struct {
    const char *name;
    enum journal_kind kind;
} kinds[] = {
    {"source", JOURNAL_SOURCE}, {"gone", JOURNAL_GONE},   {"recv", JOURNAL_BGP_RECV},
    {"sent", JOURNAL_BGP_SENT}, {"state", JOURNAL_STATE}, {"bmp", JOURNAL_BMP},
    {"lost", JOURNAL_LOST},
};

struct run {
    struct track *track;
    struct record_options options;
    struct buf out;
    struct json json;
    uint64_t seq;
    unsigned records;
    FILE *anew;
};

static size_t unhex(const char *s, uint8_t *dst)
{
    size_t n = 0;
    unsigned v;
    for (; sscanf(s, "%2x", &v) == 1; s += 2)
        dst[n++] = (uint8_t)v;
    return n;
}

static enum journal_kind kind_of(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i].name, name) == 0)
            return kinds[i].kind;
    }
    cr_assert_fail("no such kind: %s", name);
    return JOURNAL_NONE;
}

/* Every prefix of a message, and the message with one octet more, must be survived. */
static void feed_broken(const struct journal_view *whole, uint8_t *bytes)
{
    struct track *t = track_new(NULL);
    struct buf out = {0};
    struct json json;
    const struct record_options options = {.keepalives = true, .raw = true};
    json_init(&json, &out);
    struct source_info info = {.kind = whole->kind == JOURNAL_BMP ? SOURCE_BMP : SOURCE_BGP};
    uint8_t declared[SOURCE_PAYLOAD_MAX];
    struct wr w = wr_of(declared, sizeof declared);
    source_encode(&info, &w);
    struct journal_view f = {
        .kind = JOURNAL_SOURCE, .source = 1, .p = declared, .len = (uint32_t)w.len};
    struct track_item item;
    cr_assert_eq(track_feed(t, &f, &item), 0);
    bytes[whole->len] = 0x5a;
    for (uint32_t len = 0; len <= whole->len + 1; len++) {
        uint8_t *copy = malloc(len + 1); /* so that sanitizers see the end */
        memcpy(copy, bytes, len);
        f = *whole;
        f.source = 1;
        f.p = copy;
        f.len = len;
        for (int fix = 0; fix < 2; fix++) {
            if (fix && len >= 6 && whole->kind == JOURNAL_BMP) { /* as if it were its length */
                copy[3] = (uint8_t)(len >> 8);
                copy[4] = (uint8_t)len;
            }
            buf_clear(&out);
            cr_assert_eq(track_feed(t, &f, &item), 0);
            (void)record_item(&json.emit, NULL, &item, &options, NULL);
        }
        free(copy);
    }
    buf_free(&out);
    track_free(t);
}

static void feed(struct run *r, char *args, bool repeat)
{
    static uint8_t bytes[LINE_MAX / 2];
    char *kind = strtok(args, " "), *source = strtok(NULL, " "), *hex = strtok(NULL, " \n");
    struct journal_view f = {
        .kind = kind_of(kind),
        .flags = repeat ? JOURNAL_REPEAT : 0,
        .source = (uint32_t)atoi(source),
        .time = UINT64_C(1763842537123456000) + r->seq * 1000000,
        .seq = r->seq,
        .p = bytes,
        .len = hex != NULL ? (uint32_t)unhex(hex, bytes) : 0,
    };
    struct track_item item;
    cr_assert_eq(track_feed(r->track, &f, &item), 0);
    buf_clear(&r->out);
    r->seq++;
    if (record_item(&r->json.emit, "ix-1", &item, &r->options, NULL) == 0)
        buf_add_char(&r->out, '-');
    if (f.kind != JOURNAL_GONE)
        feed_broken(&f, bytes);
}

static void expect(struct run *r, const char *want)
{
    buf_add_char(&r->out, '\0');
    r->records++;
    if (r->anew != NULL)
        fprintf(r->anew, "record %s\n", r->out.p);
    else
        cr_expect_str_eq(r->out.p, want, "\n got  %s\n want %s\n", r->out.p, want);
}

static void start(struct run *r)
{
    track_free(r->track);
    r->track = track_new(NULL);
    r->options = (struct record_options){0};
    r->seq = 1;
}

static void run_line(struct run *r, char *line)
{
    if (r->anew != NULL && strncmp(line, "record ", 7) != 0)
        fprintf(r->anew, "%s\n", line);
    if (strncmp(line, "scenario ", 9) == 0)
        start(r);
    else if (strcmp(line, "option raw") == 0)
        r->options.raw = true;
    else if (strcmp(line, "option keepalives") == 0)
        r->options.keepalives = true;
    else if (strncmp(line, "frame ", 6) == 0)
        feed(r, line + 6, false);
    else if (strncmp(line, "repeat ", 7) == 0)
        feed(r, line + 7, true);
    else if (strncmp(line, "record ", 7) == 0)
        expect(r, line + 7);
    else
        cr_assert(line[0] == '#' || line[0] == '\0', "bad line: %s", line);
}

Test(record, golden)
{
    static char line[LINE_MAX];
    const char *anew = getenv("RIBTAPE_GOLDEN_OUT");
    FILE *f = fopen(RIBTAPE_SOURCE "/tests/golden/records.txt", "r");
    cr_assert_not_null(f);
    struct run r = {.anew = anew != NULL ? fopen(anew, "w") : NULL};
    json_init(&r.json, &r.out);
    start(&r);
    while (fgets(line, sizeof line, f) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        char copy[sizeof line];
        strcpy(copy, line);
        run_line(&r, copy);
    }
    fclose(f);
    if (r.anew != NULL)
        fclose(r.anew);
    cr_assert_gt(r.records, 30);
    buf_free(&r.out);
    track_free(r.track);
}
