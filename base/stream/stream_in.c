/* SPDX-License-Identifier: BSD-2-Clause */
/* stream_in: reading files, pipes and memory, compressed or not. Floor F0. */
#include "base/stream/stream_codec.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RAW_SIZE = 128 << 10, MAGIC_MAX = 6 };

enum state {
    AT_MEMBER, /* at the start of a member, or of what should be one */
    IN_MEMBER,
    AT_END,
    FAILED, /* `error` says why; told when all before it was delivered */
};

struct stream_in {
    char *name; /* owned */
    int fd;     /* -1: memory */
    enum stream_format format;
    const struct stream_decoder *decoder; /* NULL: plain */
    void *codec;
    enum state state;
    bool eof; /* nothing comes behind raw */
    const uint8_t *raw;
    size_t raw_len;
    uint64_t raw_off; /* of raw in the file */
    uint8_t *buf;     /* owned: STREAM_GIVE_BACK_MAX octets of the last fill, then RAW_SIZE */
    char error[320];
};

/* ---- input ---- */

static ssize_t read_some(int fd, void *dst, size_t len)
{
    ssize_t n;
    do
        n = read(fd, dst, len);
    while (n < 0 && errno == EINTR);
    return n;
}

static int fail(struct stream_in *s, const char *reason)
{
    s->state = FAILED;
    snprintf(s->error, sizeof s->error, "%s: %s at offset %llu", s->name, reason,
             (unsigned long long)s->raw_off);
    return -1;
}

/* Gets more raw octets behind those that are left. Returns 0, or -1 when reading failed. */
static int fill(struct stream_in *s)
{
    if (s->eof)
        return 0;
    /* Keep what a decoder may hand back in front of what is left. */
    size_t seen = (size_t)(s->raw - s->buf);
    size_t keep = seen < STREAM_GIVE_BACK_MAX ? seen : STREAM_GIVE_BACK_MAX;
    uint8_t *start = s->buf + STREAM_GIVE_BACK_MAX;
    memmove(start - keep, s->raw - keep, keep + s->raw_len);
    s->raw = start;
    ssize_t n = read_some(s->fd, start + s->raw_len, RAW_SIZE - s->raw_len);
    if (n < 0)
        return fail(s, strerror(errno));
    s->eof = n == 0;
    s->raw_len += (size_t)n;
    return 0;
}

/* Sees to `n` raw octets being there, fewer at the end of the file. */
static int need_raw(struct stream_in *s, size_t n)
{
    while (s->raw_len < n && !s->eof) {
        if (fill(s) < 0)
            return -1;
    }
    return 0;
}

/* ---- formats ---- */

/* Tells the format by its first octets. bzip2's are looked at as far as the first block: "BZh"
 * alone is also a time stamp of April 2005, the start of a plain MRT file. */
static enum stream_format detect(const uint8_t *p, size_t len)
{
    static const struct {
        enum stream_format format;
        uint8_t len;
        uint8_t value[MAGIC_MAX], mask[MAGIC_MAX];
    } magics[] = {
        {STREAM_GZIP, 3, {0x1f, 0x8b, 8}, {255, 255, 255}},
        {STREAM_BZIP2, 6, {'B', 'Z', 'h', '0', 0x31, 0x41}, {255, 255, 255, 0xf0, 255, 255}},
        {STREAM_BZIP2, 6, {'B', 'Z', 'h', '0', 0x17, 0x72}, {255, 255, 255, 0xf0, 255, 255}},
        {STREAM_ZSTD, 4, {0x28, 0xb5, 0x2f, 0xfd}, {255, 255, 255, 255}},
        {STREAM_ZSTD, 4, {0x50, 0x2a, 0x4d, 0x18}, {0xf0, 255, 255, 255}}, /* skippable frame */
        {STREAM_XZ, 6, {0xfd, '7', 'z', 'X', 'Z', 0}, {255, 255, 255, 255, 255, 255}},
    };
    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++) {
        bool same = len >= magics[i].len;
        for (size_t k = 0; same && k < magics[i].len; k++)
            same = (p[k] & magics[i].mask[k]) == magics[i].value[k];
        if (same)
            return magics[i].format;
    }
    return STREAM_PLAIN;
}

static bool only_zeros(const uint8_t *p, size_t len)
{
    while (len > 0 && p[len - 1] == 0)
        len--;
    return len == 0;
}

/* Between members: begins the next, or finds the end. Returns 0, or -1 failed. */
static int next_member(struct stream_in *s)
{
    if (need_raw(s, MAGIC_MAX) < 0)
        return -1;
    if (s->raw_len == 0) {
        s->state = AT_END;
        return 0;
    }
    if (detect(s->raw, s->raw_len) != s->format) {
        while (only_zeros(s->raw, s->raw_len)) { /* padding, as from a tape: nothing is lost */
            s->raw_off += s->raw_len;
            s->raw += s->raw_len;
            s->raw_len = 0;
            if (fill(s) < 0)
                return -1;
            if (s->eof && s->raw_len == 0) {
                s->state = AT_END;
                return 0;
            }
        }
        return fail(s, "trailing garbage");
    }
    if (!s->decoder->begin(s->codec))
        return fail(s, "out of memory");
    s->state = IN_MEMBER;
    return 0;
}

/* Decodes into io's room until it is full or the member ends. Returns 0, or -1 failed. */
static int decode(struct stream_in *s, struct stream_io *io)
{
    while (io->out_len > 0) {
        if (s->raw_len == 0 && fill(s) < 0)
            return -1;
        io->in = s->raw;
        io->in_len = s->raw_len;
        size_t room = io->out_len;
        const char *reason = "";
        enum stream_step step = s->decoder->run(s->codec, io, &reason);
        bool moved = io->in != s->raw || io->out_len != room;
        s->raw_off += (uint64_t)(io->in - s->raw); /* modulo 2^64 when octets come back */
        s->raw = io->in;
        s->raw_len = io->in_len;
        if (step == STREAM_STEP_BAD)
            return fail(s, reason);
        if (step == STREAM_STEP_END) {
            s->state = AT_MEMBER;
            return 0;
        }
        if (moved)
            continue;
        if (s->eof)
            return fail(s, "truncated file");
        if (s->raw_len == RAW_SIZE) /* a full buffer is enough for any decoder */
            return fail(s, "damaged data");
        if (fill(s) < 0)
            return -1;
    }
    return 0;
}

static int read_plain(struct stream_in *s, struct stream_io *io)
{
    while (io->out_len > 0) {
        if (s->raw_len == 0 && io->out_len >= RAW_SIZE && !s->eof) { /* no copy */
            ssize_t n = read_some(s->fd, io->out, io->out_len);
            if (n < 0)
                return fail(s, strerror(errno));
            s->eof = n == 0;
            s->raw_off += (size_t)n;
            io->out += n;
            io->out_len -= (size_t)n;
        } else if (s->raw_len == 0 && fill(s) < 0) {
            return -1;
        }
        if (s->raw_len == 0 && s->eof) {
            s->state = AT_END;
            return 0;
        }
        size_t n = s->raw_len < io->out_len ? s->raw_len : io->out_len;
        memcpy(io->out, s->raw, n);
        io->out += n;
        io->out_len -= n;
        s->raw += n;
        s->raw_len -= n;
        s->raw_off += n;
    }
    return 0;
}

ssize_t stream_in_read(struct stream_in *s, void *dst, size_t len)
{
    struct stream_io io = {.out = dst, .out_len = len};
    while (io.out_len > 0 && s->state != AT_END && s->state != FAILED) {
        if (s->decoder == NULL)
            (void)read_plain(s, &io); /* a failure is in s->state */
        else if (s->state == AT_MEMBER)
            (void)next_member(s);
        else
            (void)decode(s, &io);
    }
    size_t got = len - io.out_len;
    return got == 0 && len > 0 && s->state == FAILED ? -1 : (ssize_t)got;
}

/* ---- life ---- */

int stream_in_set_decoder(struct stream_in *s, const struct stream_decoder *d)
{
    if (s->codec != NULL)
        s->decoder->close(s->codec);
    s->decoder = d;
    s->codec = d != NULL ? d->open() : NULL;
    return d != NULL && s->codec == NULL ? -1 : 0;
}

/* Tells the format and makes ready. Returns NULL, or what is wrong. */
static const char *begin(struct stream_in *s)
{
    if (need_raw(s, MAGIC_MAX) < 0)
        return strerror(errno);
    s->format = detect(s->raw, s->raw_len);
    if (s->format == STREAM_PLAIN)
        return NULL;
    const struct stream_decoder *d = stream_decoder_of(s->format);
    if (d == NULL)
        return "compressed in a format that this build can't read";
    return stream_in_set_decoder(s, d) < 0 ? "out of memory" : NULL;
}

static struct stream_in *give_up(struct stream_in *s, const char *name, const char *reason,
                                 char *err, size_t err_len)
{
    if (s != NULL && s->format != STREAM_PLAIN)
        snprintf(err, err_len, "%s: %s: %s", name, stream_format_name(s->format), reason);
    else
        snprintf(err, err_len, "%s: %s", name, reason);
    stream_in_close(s);
    return NULL;
}

static struct stream_in *stream_new(const char *name)
{
    struct stream_in *s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    s->fd = -1;
    s->name = strdup(name);
    if (s->name != NULL)
        return s;
    free(s);
    return NULL;
}

struct stream_in *stream_in_open(const char *path, char *err, size_t err_len)
{
    bool standard = strcmp(path, "-") == 0;
    const char *name = standard ? "standard input" : path;
    struct stream_in *s = stream_new(name);
    if (s == NULL)
        return give_up(NULL, name, strerror(ENOMEM), err, err_len);
    s->buf = malloc(STREAM_GIVE_BACK_MAX + RAW_SIZE);
    if (s->buf == NULL)
        return give_up(s, name, strerror(ENOMEM), err, err_len);
    s->raw = s->buf;
    s->fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (s->fd < 0)
        return give_up(s, name, strerror(errno), err, err_len);
    const char *reason = begin(s);
    return reason != NULL ? give_up(s, name, reason, err, err_len) : s;
}

struct stream_in *stream_in_memory(const void *p, size_t len, char *err, size_t err_len)
{
    struct stream_in *s = stream_new("memory");
    if (s == NULL)
        return give_up(NULL, "memory", strerror(ENOMEM), err, err_len);
    s->raw = p;
    s->raw_len = len;
    s->eof = true;
    const char *reason = begin(s);
    return reason != NULL ? give_up(s, "memory", reason, err, err_len) : s;
}

void stream_in_close(struct stream_in *s)
{
    if (s == NULL)
        return;
    if (s->codec != NULL)
        s->decoder->close(s->codec);
    if (s->fd > STDIN_FILENO)
        close(s->fd);
    free(s->buf);
    free(s->name);
    free(s);
}

const char *stream_in_error(const struct stream_in *s)
{
    return s->error;
}

enum stream_format stream_in_format(const struct stream_in *s)
{
    return s->format;
}

uint64_t stream_in_raw_offset(const struct stream_in *s)
{
    return s->raw_off;
}
