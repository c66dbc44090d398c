/* SPDX-License-Identifier: BSD-2-Clause */
/* stream_codec: what a compression format is to a stream. Floor F0; internal to the stream_*.c
 * files. */
#ifndef RIBTAPE_BASE_STREAM_STREAM_CODEC_H
#define RIBTAPE_BASE_STREAM_STREAM_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/stream/stream.h"

/* Where a step reads and writes; it moves the pointers and lessens the counts. */
struct stream_io {
    const uint8_t *in;
    size_t in_len;
    uint8_t *out;
    size_t out_len;
};

enum stream_step {
    STREAM_STEP_MORE, /* goes on with more input or more room */
    STREAM_STEP_END,  /* the member ended */
    STREAM_STEP_BAD,
};

/* A decoder may hand back octets at io->in that it was given in earlier steps, no more than: */
enum { STREAM_GIVE_BACK_MAX = 16 };

struct stream_decoder {
    /* `run` finds the first six octets of a member together, at least, if there are so many. */
    void *(*open)(void);        /* NULL: no memory */
    bool (*begin)(void *state); /* a member; false: no memory */
    enum stream_step (*run)(void *state, struct stream_io *io, const char **reason);
    void (*close)(void *state);
};

struct stream_encoder {
    void *(*open)(int level); /* 0: our default. NULL with errno */
    bool (*begin)(void *state);
    /* `finish`: no input comes behind this one; call until STREAM_STEP_END. */
    enum stream_step (*run)(void *state, struct stream_io *io, bool finish);
    void (*close)(void *state);
};

/* The formats, NULL where the library was absent at build time. */
const struct stream_decoder *stream_decoder_of(enum stream_format f);
const struct stream_encoder *stream_encoder_of(enum stream_format f, int level);

extern const struct stream_decoder stream_zlib_decoder;
extern const struct stream_encoder stream_zlib_encoder;
extern const struct stream_decoder stream_isal_decoder;
extern const struct stream_encoder stream_isal_encoder;
extern const struct stream_decoder stream_bzip2_decoder;
extern const struct stream_encoder stream_bzip2_encoder;
extern const struct stream_decoder stream_zstd_decoder;
extern const struct stream_encoder stream_zstd_encoder;
extern const struct stream_decoder stream_xz_decoder;

/* Makes `s`, not yet read from, use another decoder: for tests of the one not chosen. */
MUST_USE int stream_in_set_decoder(struct stream_in *s, const struct stream_decoder *d);

#endif
