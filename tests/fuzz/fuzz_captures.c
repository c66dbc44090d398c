/* SPDX-License-Identifier: BSD-2-Clause */
/* Any octets as a pcap or pcapng file: headers, blocks, packets, connections, records. */
#include "tools/decode/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void forget(struct decode *d, const struct decode_event *ev)
{
    decode_json.write(d, ev);
    buf_clear(&d->out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct decode_output output = {.name = "forget", .write = forget};
    struct decode d = {.o = {.output = &output}, .file = "fuzz", .quiet = true};
    char err[128];
    struct stream_in *s = stream_in_memory(data, size, err, sizeof err);
    struct window *in = s != NULL ? window_new(s) : NULL;
    if (in != NULL && decode_pcap_looks(data, size))
        decode_pcap_read(&d, in);
    else if (in != NULL)
        decode_pcapng_read(&d, in);
    else if (s != NULL)
        stream_in_close(s);
    window_free(in);
    buf_free(&d.out);
    return 0;
}
