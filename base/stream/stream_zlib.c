/* SPDX-License-Identifier: BSD-2-Clause */
/* stream_zlib: gzip members (RFC 1952) through zlib: always there. Floor F0. */
#include "base/stream/stream_codec.h"

#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

enum { GZIP_WINDOW = 15 + 16 }; /* the largest window, gzip wrapping */

static uInt clamp(size_t n)
{
    const size_t most = 1 << 30; /* zlib counts in unsigned int */
    return (uInt)(n < most ? n : most);
}

/* Lends io to z; settle() gives it back. */
static void lend(z_stream *z, const struct stream_io *io)
{
    z->next_in = (z_const Bytef *)(uintptr_t)io->in; /* zlib's input is not const everywhere */
    z->avail_in = clamp(io->in_len);
    z->next_out = io->out;
    z->avail_out = clamp(io->out_len);
}

static void settle(const z_stream *z, struct stream_io *io)
{
    io->in_len -= (size_t)(z->next_in - io->in);
    io->in = z->next_in;
    io->out_len -= (size_t)(z->next_out - io->out);
    io->out = z->next_out;
}

/* ---- inflate ---- */

static void *inflate_open(void)
{
    z_stream *z = calloc(1, sizeof *z);
    if (z == NULL || inflateInit2(z, GZIP_WINDOW) == Z_OK)
        return z;
    free(z);
    return NULL;
}

static bool inflate_begin(void *state)
{
    return inflateReset(state) == Z_OK;
}

static enum stream_step inflate_run(void *state, struct stream_io *io, const char **reason)
{
    z_stream *z = state;
    lend(z, io);
    int rc = inflate(z, Z_NO_FLUSH);
    settle(z, io);
    if (rc == Z_STREAM_END)
        return STREAM_STEP_END;
    if (rc == Z_OK || rc == Z_BUF_ERROR)
        return STREAM_STEP_MORE;
    *reason = z->msg != NULL ? z->msg : "damaged gzip data";
    return STREAM_STEP_BAD;
}

static void inflate_close(void *state)
{
    inflateEnd(state);
    free(state);
}

const struct stream_decoder stream_zlib_decoder = {
    .open = inflate_open,
    .begin = inflate_begin,
    .run = inflate_run,
    .close = inflate_close,
};

/* ---- deflate ---- */

static void *deflate_open(int level)
{
    z_stream *z = calloc(1, sizeof *z);
    if (z == NULL)
        return NULL;
    int rc = deflateInit2(z, level ? level : 4, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY);
    if (rc == Z_OK)
        return z;
    free(z);
    errno = rc == Z_MEM_ERROR ? ENOMEM : EINVAL;
    return NULL;
}

static bool deflate_begin(void *state)
{
    return deflateReset(state) == Z_OK;
}

static enum stream_step deflate_run(void *state, struct stream_io *io, bool finish)
{
    z_stream *z = state;
    lend(z, io);
    int rc = deflate(z, finish ? Z_FINISH : Z_NO_FLUSH);
    settle(z, io);
    if (rc == Z_STREAM_END)
        return STREAM_STEP_END;
    return rc == Z_OK || rc == Z_BUF_ERROR ? STREAM_STEP_MORE : STREAM_STEP_BAD;
}

static void deflate_close(void *state)
{
    deflateEnd(state);
    free(state);
}

const struct stream_encoder stream_zlib_encoder = {
    .open = deflate_open,
    .begin = deflate_begin,
    .run = deflate_run,
    .close = deflate_close,
};
