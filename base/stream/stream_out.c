/* SPDX-License-Identifier: BSD-2-Clause */
/* stream_out: writing files, compressed or not, in members that can be ended and taken back.
 * Floor F0. */
#include "base/stream/stream_codec.h"
#include "base/stream/stream_par.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    IN_SIZE = 32 << 10, /* encoders are given so much at once: records are small */
    OUT_SIZE = 64 << 10,
};

struct stream_out {
    int fd;
    const struct stream_encoder *encoder; /* NULL: plain */
    void *codec;
    struct stream_par *par; /* instead of codec; NULL: this thread compresses */
    bool in_member;
    int failed;       /* errno of the first failure; 0: none */
    uint64_t raw_len; /* of the file, as far as the kernel has it */
    size_t len;       /* octets in buf that it has not */
    size_t in_len;    /* octets in `in` not yet encoded */
    uint8_t buf[OUT_SIZE];
    uint8_t in[]; /* IN_SIZE; only with an encoder */
};

static int fail(struct stream_out *s, int error)
{
    s->failed = error;
    errno = error;
    return -1;
}

static int write_all(struct stream_out *s, const uint8_t *p, size_t len)
{
    while (len > 0) {
        ssize_t n = write(s->fd, p, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return fail(s, n < 0 ? errno : EIO);
        p += n;
        len -= (size_t)n;
        s->raw_len += (uint64_t)n;
    }
    return 0;
}

static int flush(struct stream_out *s)
{
    size_t len = s->len;
    s->len = 0;
    return write_all(s, s->buf, len);
}

static int write_plain(struct stream_out *s, const uint8_t *p, size_t len)
{
    if (len > OUT_SIZE - s->len && flush(s) < 0)
        return -1;
    if (len >= OUT_SIZE)
        return write_all(s, p, len);
    memcpy(s->buf + s->len, p, len);
    s->len += len;
    return 0;
}

/* Gives the encoder `len` octets; with `finish`, ends the member. */
static int encode(struct stream_out *s, const uint8_t *p, size_t len, bool finish)
{
    struct stream_io io = {.in = p, .in_len = len};
    for (;;) {
        io.out = s->buf + s->len;
        io.out_len = OUT_SIZE - s->len;
        enum stream_step step = s->encoder->run(s->codec, &io, finish);
        s->len = OUT_SIZE - io.out_len;
        if (step == STREAM_STEP_BAD)
            return fail(s, EIO);
        if (step == STREAM_STEP_END)
            return 0;
        if (!finish && io.in_len == 0 && io.out_len > 0)
            return 0;
        if (io.out_len == 0 && flush(s) < 0)
            return -1;
    }
}

/* Encodes what was collected. */
static int encode_collected(struct stream_out *s, bool finish)
{
    size_t len = s->in_len;
    s->in_len = 0;
    return encode(s, s->in, len, finish);
}

static int write_encoded(struct stream_out *s, const uint8_t *p, size_t len)
{
    if (len > IN_SIZE - s->in_len && encode_collected(s, false) < 0)
        return -1;
    if (len >= IN_SIZE)
        return encode(s, p, len, false);
    memcpy(s->in + s->in_len, p, len);
    s->in_len += len;
    return 0;
}

/* ---- on several threads ---- */

/* Writes the oldest member. Returns 1, 0 when there is none, -1. */
static int take_member(struct stream_out *s)
{
    size_t len = 0;
    bool failed;
    const uint8_t *p = stream_par_take(s->par, &len, &failed);
    if (p == NULL)
        return failed ? fail(s, errno) : 0;
    return write_all(s, p, len) < 0 ? -1 : 1;
}

static int write_parallel(struct stream_out *s, const uint8_t *p, size_t len)
{
    while (len > 0) {
        size_t n = stream_par_put(s->par, p, len);
        if (n == 0 && take_member(s) < 0)
            return -1;
        p += n;
        len -= n;
    }
    return 0;
}

/* `empty`: a member without text is wanted, too. */
static int end_parallel(struct stream_out *s, bool empty)
{
    int rc;
    while (!stream_par_end(s->par, empty)) {
        if (take_member(s) < 0)
            return -1;
    }
    while ((rc = take_member(s)) > 0)
        ;
    return rc;
}

/* ---- members ---- */

static int begin_member(struct stream_out *s)
{
    if (s->in_member)
        return 0;
    if (!s->encoder->begin(s->codec))
        return fail(s, ENOMEM);
    s->in_member = true;
    return 0;
}

static int end_member(struct stream_out *s)
{
    if (!s->in_member)
        return 0;
    if (encode_collected(s, true) < 0)
        return -1;
    s->in_member = false;
    return 0;
}

int stream_out_write(struct stream_out *s, const void *p, size_t len)
{
    if (s->failed)
        return fail(s, s->failed);
    if (len == 0)
        return 0;
    if (s->par != NULL)
        return write_parallel(s, p, len);
    if (s->encoder == NULL)
        return write_plain(s, p, len);
    return begin_member(s) < 0 ? -1 : write_encoded(s, p, len);
}

int stream_out_flush_member(struct stream_out *s, uint64_t *raw_len)
{
    if (s->failed)
        return fail(s, s->failed);
    if ((s->par != NULL ? end_parallel(s, false) : end_member(s)) < 0 || flush(s) < 0)
        return -1;
    *raw_len = s->raw_len;
    return 0;
}

int stream_out_reset(struct stream_out *s, uint64_t raw_len)
{
    s->len = 0;
    s->in_len = 0;
    s->in_member = false;
    if (s->par != NULL)
        stream_par_drop(s->par);
    if (ftruncate(s->fd, (off_t)raw_len) < 0 || lseek(s->fd, (off_t)raw_len, SEEK_SET) < 0)
        return fail(s, errno);
    s->raw_len = raw_len;
    s->failed = 0;
    return 0;
}

static struct stream_out *out_new(int fd, const struct stream_encoder *encoder, size_t in_size)
{
    struct stream_out *s = malloc(sizeof *s + in_size);
    if (s == NULL)
        return NULL;
    *s = (struct stream_out){.fd = fd, .encoder = encoder};
    int flags = fcntl(fd, F_GETFL);
    bool append = flags >= 0 && (flags & O_APPEND);
    off_t at = lseek(fd, 0, append ? SEEK_END : SEEK_CUR);
    s->raw_len = at < 0 ? 0 : (uint64_t)at; /* a pipe counts from here */
    return s;
}

struct stream_out *stream_out_fd(int fd, enum stream_format format, int level)
{
    const struct stream_encoder *encoder = stream_encoder_of(format, level);
    if (encoder == NULL && format != STREAM_PLAIN) {
        errno = ENOTSUP;
        return NULL;
    }
    struct stream_out *s = out_new(fd, encoder, encoder != NULL ? IN_SIZE : 0);
    if (s != NULL && encoder != NULL && (s->codec = encoder->open(level)) == NULL) {
        int saved = errno;
        free(s);
        errno = saved;
        return NULL;
    }
    return s;
}

/* Octets of a block: large against the formats' windows, so that little is lost between them.
 */
static size_t block_len_of(enum stream_format format)
{
    switch (format) {
    case STREAM_BZIP2:
        return 900 * 1000; /* one block of level 9 */
    case STREAM_ZSTD:
        return 4 << 20;
    case STREAM_GZIP:
    case STREAM_PLAIN:
    case STREAM_XZ:
        break;
    }
    return 1 << 20;
}

struct stream_out *stream_out_parallel(int fd, enum stream_format format, int level,
                                       unsigned threads)
{
    const struct stream_encoder *encoder = stream_encoder_of(format, level);
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (threads == 0 && processors > 1)
        threads = (unsigned)processors;
    if (threads > STREAM_THREADS_MAX)
        threads = STREAM_THREADS_MAX;
    if (encoder == NULL || threads == 0)
        return stream_out_fd(fd, format, level);
    struct stream_out *s = out_new(fd, encoder, 0);
    if (s == NULL)
        return NULL;
    s->par = stream_par_open(encoder, level, block_len_of(format), threads);
    if (s->par != NULL)
        return s;
    int saved = errno;
    free(s);
    errno = saved;
    return NULL;
}

int stream_out_fdno(const struct stream_out *s)
{
    return s->fd;
}

int stream_out_close(struct stream_out *s)
{
    if (s == NULL)
        return 0;
    int error = s->failed;
    /* An empty file is no gzip file: it gets one empty member. */
    bool fresh = !error && s->encoder != NULL && s->raw_len == 0;
    if (fresh && s->par == NULL && !s->in_member && begin_member(s) < 0)
        error = s->failed;
    uint64_t raw_len;
    if (!error && stream_out_flush_member(s, &raw_len) < 0)
        error = s->failed;
    if (!error && s->par != NULL && s->raw_len == 0 && end_parallel(s, true) < 0)
        error = s->failed;
    if (s->par != NULL)
        stream_par_close(s->par);
    if (s->codec != NULL)
        s->encoder->close(s->codec);
    if (close(s->fd) < 0 && !error)
        error = errno;
    free(s);
    errno = error;
    return error ? -1 : 0;
}
