/* SPDX-License-Identifier: BSD-2-Clause */
/* stream_zstd: zstd frames (RFC 8878), where libzstd was present. Floor F0. */
#include "base/stream/stream_codec.h"

#ifdef RIBTAPE_HAVE_ZSTD

#include <errno.h>
#include <zstd.h>

static void settle(struct stream_io *io, size_t in_pos, size_t out_pos)
{
    io->in += in_pos;
    io->in_len -= in_pos;
    io->out += out_pos;
    io->out_len -= out_pos;
}

/* ---- decompress ---- */

static void *decompress_open(void)
{
    return ZSTD_createDStream();
}

static bool decompress_begin(void *state)
{
    return !ZSTD_isError(ZSTD_initDStream(state));
}

static enum stream_step decompress_run(void *state, struct stream_io *io, const char **reason)
{
    ZSTD_inBuffer in = {io->in, io->in_len, 0};
    ZSTD_outBuffer out = {io->out, io->out_len, 0};
    size_t rc = ZSTD_decompressStream(state, &out, &in);
    settle(io, in.pos, out.pos);
    if (ZSTD_isError(rc)) {
        *reason = ZSTD_getErrorName(rc);
        return STREAM_STEP_BAD;
    }
    return rc == 0 ? STREAM_STEP_END : STREAM_STEP_MORE;
}

static void decompress_close(void *state)
{
    ZSTD_freeDStream(state);
}

const struct stream_decoder stream_zstd_decoder = {
    .open = decompress_open,
    .begin = decompress_begin,
    .run = decompress_run,
    .close = decompress_close,
};

/* ---- compress ---- */

static void *compress_open(int level)
{
    if (level < 0 || level > ZSTD_maxCLevel()) {
        errno = EINVAL;
        return NULL;
    }
    ZSTD_CCtx *z = ZSTD_createCCtx();
    if (z == NULL) {
        errno = ENOMEM;
        return NULL;
    }
    ZSTD_CCtx_setParameter(z, ZSTD_c_compressionLevel, level ? level : ZSTD_CLEVEL_DEFAULT);
    ZSTD_CCtx_setParameter(z, ZSTD_c_checksumFlag, 1);
    return z;
}

static bool compress_begin(void *state)
{
    return !ZSTD_isError(ZSTD_CCtx_reset(state, ZSTD_reset_session_only));
}

static enum stream_step compress_run(void *state, struct stream_io *io, bool finish)
{
    ZSTD_inBuffer in = {io->in, io->in_len, 0};
    ZSTD_outBuffer out = {io->out, io->out_len, 0};
    size_t rc = ZSTD_compressStream2(state, &out, &in, finish ? ZSTD_e_end : ZSTD_e_continue);
    settle(io, in.pos, out.pos);
    if (ZSTD_isError(rc))
        return STREAM_STEP_BAD;
    return finish && rc == 0 ? STREAM_STEP_END : STREAM_STEP_MORE;
}

static void compress_close(void *state)
{
    ZSTD_freeCCtx(state);
}

const struct stream_encoder stream_zstd_encoder = {
    .open = compress_open,
    .begin = compress_begin,
    .run = compress_run,
    .close = compress_close,
};

#endif
