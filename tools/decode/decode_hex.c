/* SPDX-License-Identifier: BSD-2-Clause */
/* decode_hex: messages as a terminal or a bug report shows them: hex, one after the other, each
 * in one line or in several. `#` begins a comment; spaces, colons and 0x don't count. Floor F4.
 */
#include <stdlib.h>

#include "tools/decode/decode.h"
#include "tools/decode/frames.h"

enum { BGP_SOURCE = 1, BMP_SOURCE = 2, LINE_MAX_LEN = 4 << 20 };

struct reading {
    struct decode *d;
    struct track *t;
    struct buf msg; /* octets of messages that are not whole yet */
    uint64_t line, msg_line;
    uint64_t time_ns;
};

static int digit_of(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == ':' || c == ',';
}

bool decode_hex_looks(const uint8_t *p, size_t len)
{
    size_t digits = 0;
    bool comment = false;
    for (size_t i = 0; i < len; i++) {
        if (p[i] == '\n')
            comment = false;
        else if (p[i] == '#')
            comment = true;
        else if (!comment && digit_of(p[i]) >= 0)
            digits++;
        else if (!comment && !is_space(p[i]) && (p[i] != 'x' || i == 0 || p[i - 1] != '0'))
            return false;
    }
    return digits > 0;
}

static bool feed(struct reading *r, enum frames_kind kind, const uint8_t *p, uint32_t len)
{
    struct journal_view v = {.kind = kind == FRAMES_BGP ? JOURNAL_BGP_RECV : JOURNAL_BMP,
                             .source = kind == FRAMES_BGP ? BGP_SOURCE : BMP_SOURCE,
                             .time = r->time_ns,
                             .p = p,
                             .len = len};
    return decode_frame(r->d, r->t, &v);
}

static void tell_line(struct reading *r, uint64_t line, const char *reason)
{
    decode_tell(r->d, DECODE_DAMAGED, "line %llu: %s", (unsigned long long)line, reason);
}

static enum frames_kind kind_of(const struct buf *b)
{
    return b->len > 0 && (uint8_t)b->p[0] == 0xff ? FRAMES_BGP : FRAMES_BMP;
}

/* Writes the whole messages of r->msg and keeps the rest. `last`: nothing more belongs to it.
 */
static bool take_messages(struct reading *r, bool last)
{
    size_t at = 0;
    while (at < r->msg.len) {
        struct buf rest = {.p = r->msg.p + at, .len = r->msg.len - at};
        const uint8_t *p = (const uint8_t *)rest.p;
        uint32_t len = 0, need = 0;
        enum frames_kind kind = kind_of(&rest);
        enum bgp_frame_result got = frames_next(kind, p, rest.len, &len, &need);
        if (got == BGP_FRAME_MORE && !last)
            break;
        if (got != BGP_FRAME_OK) {
            tell_line(r, r->msg_line,
                      got == BGP_FRAME_MORE ? "the message is cut" : "neither BGP nor BMP");
            at = r->msg.len;
            break;
        }
        if (!feed(r, kind, p, len))
            return false;
        at += len;
    }
    if (at == 0) /* nothing was complete; perhaps there is nothing at all */
        return true;
    memmove(r->msg.p, r->msg.p + at, r->msg.len - at);
    r->msg.len -= at;
    return true;
}

/* Appends a line's octets. Returns false when it holds something else. */
static bool take_digits(struct reading *r, const uint8_t *p, size_t len)
{
    size_t before = r->msg.len;
    int high = -1;
    for (size_t i = 0; i < len && p[i] != '#'; i++) {
        int v = digit_of(p[i]);
        if (high == 0 && (p[i] == 'x' || p[i] == 'X'))
            high = -1;
        else if (v < 0 && (!is_space(p[i]) || high >= 0))
            goto bad;
        else if (v >= 0 && high < 0)
            high = v;
        else if (v >= 0) {
            buf_add_char(&r->msg, (char)(high << 4 | v));
            high = -1;
        }
    }
    if (high < 0)
        return true;
bad:
    r->msg.len = before;
    return false;
}

static bool starts_message(const struct reading *r, size_t at)
{
    const uint8_t *p = (const uint8_t *)r->msg.p + at;
    return frames_tell(p, r->msg.len - at) != FRAMES_UNKNOWN;
}

static bool take_line(struct reading *r, const uint8_t *p, size_t len)
{
    size_t before = r->msg.len;
    r->line++;
    if (!take_digits(r, p, len)) {
        tell_line(r, r->line, "not hex");
        return true;
    }
    if (before > 0 && (r->msg.len == before || starts_message(r, before))) {
        tell_line(r, r->msg_line, "the message is cut");
        memmove(r->msg.p, r->msg.p + before, r->msg.len - before);
        r->msg.len -= before;
        before = 0;
    }
    if (before == 0)
        r->msg_line = r->line;
    return take_messages(r, r->msg.len > FRAMES_MSG_MAX);
}

static void read_lines(struct reading *r, struct window *in)
{
    size_t have, want = DECODE_LOOK;
    while ((have = window_want(in, want)) > 0) {
        const uint8_t *p = window_at(in);
        const uint8_t *end = memchr(p, '\n', have);
        if (end == NULL && have >= want && want < LINE_MAX_LEN) {
            want *= 2;
            continue;
        }
        size_t len = end != NULL ? (size_t)(end - p) : have;
        if (!take_line(r, p, len))
            return;
        window_skip(in, end != NULL ? len + 1 : len);
        want = DECODE_LOOK;
    }
    (void)take_messages(r, true);
}

void decode_hex_read(struct decode *d, struct window *in)
{
    struct source_info bgp, bmp;
    struct reading r = {.d = d, .time_ns = d->written_ns, .t = decode_track(d)};
    decode_source(d, SOURCE_BGP, &bgp);
    decode_source(d, SOURCE_BMP, &bmp);
    if (r.t == NULL)
        decode_tell(d, DECODE_UNREADABLE, "out of memory");
    else if (decode_declare(d, r.t, BGP_SOURCE, r.time_ns, &bgp) &&
             decode_declare(d, r.t, BMP_SOURCE, r.time_ns, &bmp))
        read_lines(&r, in);
    buf_free(&r.msg);
    track_free(r.t);
}
