/* SPDX-License-Identifier: BSD-2-Clause */
/* stream_codec: the formats as one table. Floor F0. */
#include "base/stream/stream_codec.h"

#ifdef RIBTAPE_HAVE_ISAL
#define GZIP_DECODER &stream_isal_decoder
#else
#define GZIP_DECODER &stream_zlib_decoder
#endif
#ifdef RIBTAPE_HAVE_BZIP2
#define BZIP2_DECODER &stream_bzip2_decoder
#define BZIP2_ENCODER &stream_bzip2_encoder
#else
#define BZIP2_DECODER NULL
#define BZIP2_ENCODER NULL
#endif
#ifdef RIBTAPE_HAVE_ZSTD
#define ZSTD_DECODER &stream_zstd_decoder
#define ZSTD_ENCODER &stream_zstd_encoder
#else
#define ZSTD_DECODER NULL
#define ZSTD_ENCODER NULL
#endif
#ifdef RIBTAPE_HAVE_LZMA
#define XZ_DECODER &stream_xz_decoder
#else
#define XZ_DECODER NULL
#endif

static const struct {
    const char *name, *suffix;
    const struct stream_decoder *decoder;
    const struct stream_encoder *encoder;
} formats[] = {
    [STREAM_PLAIN] = {"plain", "", NULL, NULL},
    [STREAM_GZIP] = {"gzip", ".gz", GZIP_DECODER, &stream_zlib_encoder},
    [STREAM_BZIP2] = {"bzip2", ".bz2", BZIP2_DECODER, BZIP2_ENCODER},
    [STREAM_ZSTD] = {"zstd", ".zst", ZSTD_DECODER, ZSTD_ENCODER},
    [STREAM_XZ] = {"xz", ".xz", XZ_DECODER, NULL},
};

const char *stream_format_name(enum stream_format f)
{
    return formats[f].name;
}

const char *stream_format_suffix(enum stream_format f)
{
    return formats[f].suffix;
}

const struct stream_decoder *stream_decoder_of(enum stream_format f)
{
    return formats[f].decoder;
}

const struct stream_encoder *stream_encoder_of(enum stream_format f, int level)
{
#ifdef RIBTAPE_HAVE_ISAL
    /* libisal has levels 1 to 3, each far faster than zlib's; above are zlib's own. */
    if (f == STREAM_GZIP && level <= 3)
        return &stream_isal_encoder;
#endif
    (void)level;
    return formats[f].encoder;
}
