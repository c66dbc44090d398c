/* SPDX-License-Identifier: BSD-2-Clause */
/* stream_xz: xz streams, read only, where liblzma was present. Floor F0. */
#include "base/stream/stream_codec.h"

#ifdef RIBTAPE_HAVE_LZMA

#include <lzma.h>
#include <stdlib.h>

static void *xz_open(void)
{
    return calloc(1, sizeof(lzma_stream)); /* as LZMA_STREAM_INIT */
}

static bool xz_begin(void *state)
{
    /* `xz -9` asks for 65 MiB; a file that asks for very much more is an attack. */
    return lzma_stream_decoder(state, UINT64_C(1) << 30, 0) == LZMA_OK;
}

static const char *reason_of(lzma_ret rc)
{
    static const struct {
        lzma_ret rc;
        const char *text;
    } reasons[] = {
        {LZMA_MEM_ERROR, "out of memory"},
        {LZMA_MEMLIMIT_ERROR, "the xz dictionary is over 1 GiB"},
        {LZMA_FORMAT_ERROR, "invalid xz header"},
        {LZMA_OPTIONS_ERROR, "unsupported xz options"},
        {LZMA_DATA_ERROR, "damaged xz data"},
    };
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        if (reasons[i].rc == rc)
            return reasons[i].text;
    }
    return "damaged xz data";
}

static enum stream_step xz_run(void *state, struct stream_io *io, const char **reason)
{
    lzma_stream *z = state;
    z->next_in = io->in;
    z->avail_in = io->in_len;
    z->next_out = io->out;
    z->avail_out = io->out_len;
    lzma_ret rc = lzma_code(z, LZMA_RUN);
    io->in = z->next_in;
    io->in_len = z->avail_in;
    io->out = z->next_out;
    io->out_len = z->avail_out;
    if (rc == LZMA_STREAM_END)
        return STREAM_STEP_END;
    if (rc == LZMA_OK || rc == LZMA_BUF_ERROR)
        return STREAM_STEP_MORE;
    *reason = reason_of(rc);
    return STREAM_STEP_BAD;
}

static void xz_close(void *state)
{
    lzma_end(state);
    free(state);
}

const struct stream_decoder stream_xz_decoder = {
    .open = xz_open,
    .begin = xz_begin,
    .run = xz_run,
    .close = xz_close,
};

#endif
