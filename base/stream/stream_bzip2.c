/* SPDX-License-Identifier: BSD-2-Clause */
/* stream_bzip2: bzip2 streams, where libbz2 was present. Floor F0. */
#include "base/stream/stream_codec.h"

#ifdef RIBTAPE_HAVE_BZIP2

#include <bzlib.h>
#include <errno.h>
#include <stdlib.h>

/* libbz2 has no reset: a member ends its stream and the next begins anew. */
struct bz {
    bz_stream z;
    int level;
    bool live;
};

static unsigned clamp(size_t n)
{
    const size_t most = 1 << 30; /* libbz2 counts in unsigned int */
    return (unsigned)(n < most ? n : most);
}

static void lend(bz_stream *z, const struct stream_io *io)
{
    z->next_in = (char *)(uintptr_t)io->in; /* not written to */
    z->avail_in = clamp(io->in_len);
    z->next_out = (char *)io->out;
    z->avail_out = clamp(io->out_len);
}

static void settle(const bz_stream *z, struct stream_io *io)
{
    const uint8_t *in = (const uint8_t *)z->next_in;
    io->in_len -= (size_t)(in - io->in);
    io->in = in;
    uint8_t *out = (uint8_t *)z->next_out;
    io->out_len -= (size_t)(out - io->out);
    io->out = out;
}

/* ---- decompress ---- */

static void *decompress_open(void)
{
    return calloc(1, sizeof(struct bz));
}

static bool decompress_begin(void *state)
{
    struct bz *b = state;
    if (b->live)
        BZ2_bzDecompressEnd(&b->z);
    b->z = (bz_stream){0};
    b->live = BZ2_bzDecompressInit(&b->z, 0, 0) == BZ_OK;
    return b->live;
}

static enum stream_step decompress_run(void *state, struct stream_io *io, const char **reason)
{
    struct bz *b = state;
    lend(&b->z, io);
    int rc = BZ2_bzDecompress(&b->z);
    settle(&b->z, io);
    switch (rc) {
    case BZ_OK:
        return STREAM_STEP_MORE;
    case BZ_STREAM_END:
        return STREAM_STEP_END;
    case BZ_MEM_ERROR:
        *reason = "out of memory";
        return STREAM_STEP_BAD;
    case BZ_DATA_ERROR_MAGIC:
        *reason = "invalid bzip2 header";
        return STREAM_STEP_BAD;
    default:
        *reason = "damaged bzip2 data";
        return STREAM_STEP_BAD;
    }
}

static void decompress_close(void *state)
{
    struct bz *b = state;
    if (b->live)
        BZ2_bzDecompressEnd(&b->z);
    free(b);
}

const struct stream_decoder stream_bzip2_decoder = {
    .open = decompress_open,
    .begin = decompress_begin,
    .run = decompress_run,
    .close = decompress_close,
};

/* ---- compress ---- */

static void *compress_open(int level)
{
    if (level < 0 || level > 9) {
        errno = EINVAL;
        return NULL;
    }
    struct bz *b = calloc(1, sizeof *b);
    if (b != NULL)
        b->level = level ? level : 9;
    return b;
}

static bool compress_begin(void *state)
{
    struct bz *b = state;
    if (b->live)
        BZ2_bzCompressEnd(&b->z);
    b->z = (bz_stream){0};
    b->live = BZ2_bzCompressInit(&b->z, b->level, 0, 0) == BZ_OK;
    return b->live;
}

static enum stream_step compress_run(void *state, struct stream_io *io, bool finish)
{
    struct bz *b = state;
    if (io->in_len == 0 && !finish) /* libbz2 takes a step without progress for an error */
        return STREAM_STEP_MORE;
    lend(&b->z, io);
    int rc = BZ2_bzCompress(&b->z, finish ? BZ_FINISH : BZ_RUN);
    settle(&b->z, io);
    if (rc == BZ_STREAM_END)
        return STREAM_STEP_END;
    return rc == BZ_RUN_OK || rc == BZ_FINISH_OK ? STREAM_STEP_MORE : STREAM_STEP_BAD;
}

static void compress_close(void *state)
{
    struct bz *b = state;
    if (b->live)
        BZ2_bzCompressEnd(&b->z);
    free(b);
}

const struct stream_encoder stream_bzip2_encoder = {
    .open = compress_open,
    .begin = compress_begin,
    .run = compress_run,
    .close = compress_close,
};

#endif
