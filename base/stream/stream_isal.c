/* SPDX-License-Identifier: BSD-2-Clause */
/* stream_isal: gzip members (RFC 1952) through libisal, where it was present. Floor F0. */
#include "base/stream/stream_codec.h"

#ifdef RIBTAPE_HAVE_ISAL

#include <errno.h>
#include <isa-l.h>
#include <stdlib.h>

static uint32_t clamp(size_t n)
{
    const size_t most = 1 << 30; /* libisal counts in 32 bits */
    return (uint32_t)(n < most ? n : most);
}

/* ---- inflate ---- */

/* libisal 2.30 misjudges a header with a checksum of its own (FHCRC) that comes in two parts;
 * such members, rare as they are, go to zlib. */
struct inflater {
    struct inflate_state z;
    bool fresh; /* nothing of the member was seen yet */
    void *zlib; /* owned; NULL: not used by this member */
};

static void inflate_leave_zlib(struct inflater *f)
{
    if (f->zlib != NULL)
        stream_zlib_decoder.close(f->zlib);
    f->zlib = NULL;
}

static void *inflate_open(void)
{
    struct inflater *f = calloc(1, sizeof *f);
    if (f != NULL) {
        isal_inflate_init(&f->z);
        f->z.crc_flag = ISAL_GZIP;
    }
    return f;
}

static bool inflate_begin(void *state)
{
    struct inflater *f = state;
    inflate_leave_zlib(f);
    isal_inflate_reset(&f->z);
    f->fresh = true;
    return true;
}

static void inflate_close(void *state)
{
    inflate_leave_zlib(state);
    free(state);
}

/* Looks at the flags of a member's header (RFC 1952 section 2.3). Returns false when memory
 * runs out. */
static bool inflate_choose(struct inflater *f, const struct stream_io *io)
{
    enum { FLG_OFF = 3, FHCRC = 2 };
    f->fresh = false;
    if (io->in_len <= FLG_OFF || !(io->in[FLG_OFF] & FHCRC))
        return true;
    f->zlib = stream_zlib_decoder.open();
    return f->zlib != NULL;
}

static const char *reason_of(int rc)
{
    static const struct {
        int rc;
        const char *text;
    } reasons[] = {
        {ISAL_INVALID_BLOCK, "invalid block type"},
        {ISAL_INVALID_SYMBOL, "invalid code"},
        {ISAL_INVALID_LOOKBACK, "invalid distance"},
        {ISAL_INVALID_WRAPPER, "invalid gzip header"},
        {ISAL_UNSUPPORTED_METHOD, "unknown compression method"},
        {ISAL_INCORRECT_CHECKSUM, "incorrect data check"},
    };
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        if (reasons[i].rc == rc)
            return reasons[i].text;
    }
    return "damaged gzip data";
}

static enum stream_step inflate_run(void *state, struct stream_io *io, const char **reason)
{
    struct inflater *f = state;
    if (f->fresh && !inflate_choose(f, io)) {
        *reason = "out of memory";
        return STREAM_STEP_BAD;
    }
    if (f->zlib != NULL)
        return stream_zlib_decoder.run(f->zlib, io, reason);
    struct inflate_state *z = &f->z;
    z->next_in = (uint8_t *)(uintptr_t)io->in; /* not written to */
    z->avail_in = clamp(io->in_len);
    z->next_out = io->out;
    z->avail_out = clamp(io->out_len);
    int rc = isal_inflate(z);
    size_t used = (size_t)(z->next_out - io->out);
    io->out += used;
    io->out_len -= used;
    ptrdiff_t taken = z->next_in - io->in;
    bool end = rc == ISAL_DECOMP_OK && z->block_state == ISAL_BLOCK_FINISH;
    if (end && z->read_in_length > 0) /* whole octets of what follows are in its bit buffer */
        taken -= z->read_in_length / 8;
    io->in += taken;
    io->in_len = (size_t)((ptrdiff_t)io->in_len - taken);
    if (rc < 0) {
        *reason = reason_of(rc);
        return STREAM_STEP_BAD;
    }
    return end ? STREAM_STEP_END : STREAM_STEP_MORE;
}

const struct stream_decoder stream_isal_decoder = {
    .open = inflate_open,
    .begin = inflate_begin,
    .run = inflate_run,
    .close = inflate_close,
};

/* ---- deflate ---- */

struct deflater {
    struct isal_zstream z;
    uint8_t *level_buf; /* owned */
};

static void *deflate_open(int level)
{
    static const uint32_t buf_sizes[] = {
        ISAL_DEF_LVL0_DEFAULT,
        ISAL_DEF_LVL1_DEFAULT,
        ISAL_DEF_LVL2_DEFAULT,
        ISAL_DEF_LVL3_DEFAULT,
    };
    if (level == 0) /* on MRT files 400 MB/s, a fifth less dense than zlib's 4 at 60 MB/s */
        level = 2;
    if (level < 0 || level > ISAL_DEF_MAX_LEVEL) {
        errno = EINVAL;
        return NULL;
    }
    struct deflater *d = calloc(1, sizeof *d);
    if (d == NULL)
        return NULL;
    d->level_buf = malloc(buf_sizes[level] + 1);
    if (d->level_buf == NULL) {
        free(d);
        return NULL;
    }
    isal_deflate_init(&d->z);
    d->z.level = (uint32_t)level;
    d->z.level_buf = d->level_buf;
    d->z.level_buf_size = buf_sizes[level];
    d->z.gzip_flag = IGZIP_GZIP;
    return d;
}

static bool deflate_begin(void *state)
{
    struct deflater *d = state;
    isal_deflate_reset(&d->z);
    d->z.gzip_flag = IGZIP_GZIP;
    return true;
}

static enum stream_step deflate_run(void *state, struct stream_io *io, bool finish)
{
    struct isal_zstream *z = &((struct deflater *)state)->z;
    z->next_in = (uint8_t *)(uintptr_t)io->in; /* not written to */
    z->avail_in = clamp(io->in_len);
    z->next_out = io->out;
    z->avail_out = clamp(io->out_len);
    z->end_of_stream = finish && z->avail_in == io->in_len;
    z->flush = NO_FLUSH;
    int rc = isal_deflate(z);
    io->in_len -= (size_t)(z->next_in - io->in);
    io->in = z->next_in;
    io->out_len -= (size_t)(z->next_out - io->out);
    io->out = z->next_out;
    if (rc != COMP_OK)
        return STREAM_STEP_BAD;
    return z->internal_state.state == ZSTATE_END ? STREAM_STEP_END : STREAM_STEP_MORE;
}

static void deflate_close(void *state)
{
    struct deflater *d = state;
    free(d->level_buf);
    free(d);
}

const struct stream_encoder stream_isal_encoder = {
    .open = deflate_open,
    .begin = deflate_begin,
    .run = deflate_run,
    .close = deflate_close,
};

#endif
