/* SPDX-License-Identifier: BSD-2-Clause */
/* Any octets as captured frames: {link choice, length, frame}..., through link layers, tunnels,
 * IP, TCP reassembly, the search for BGP and BMP, and records. */
#include <pcap/pcap.h>
#include <stdlib.h>

#include "tools/decode/decode_flow.h"
#include "tools/pcap/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void forget(struct decode *d, const struct decode_event *ev)
{
    decode_json.write(d, ev);
    buf_clear(&d->out);
}

enum { LINKS = 7 };

static const int links[LINKS] = {DLT_EN10MB, DLT_LINUX_SLL, DLT_LINUX_SLL2,   DLT_RAW,
                                 DLT_NULL,   DLT_MPLS,      DLT_JUNIPER_ETHER};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct decode_output output = {.name = "forget", .write = forget};
    struct decode d = {.o = {.output = &output}, .file = "fuzz", .quiet = true};
    struct packet_fragments *fragments = calloc(1, sizeof *fragments);
    struct decode_flows *flows = decode_flows_new(&d);
    struct cur c = cur_of(data, size), frame;
    uint8_t link;
    uint16_t len;
    uint64_t time_ns = 1;
    bool go_on = fragments != NULL && flows != NULL;
    while (go_on && cur_u8(&c, &link) && cur_u16(&c, &len) &&
           cur_take(&c, len < c.left ? len : c.left, &frame)) {
        struct packet_segment s;
        struct cur at = cur_of(frame.p, frame.left);
        if (packet_to_ip(links[link % LINKS], &at) && packet_segment(fragments, at, &s))
            go_on = decode_flows_segment(flows, &s, time_ns);
        time_ns += 1000;
    }
    decode_flows_free(flows, NULL);
    if (fragments != NULL)
        packet_fragments_free(fragments);
    free(fragments);
    buf_free(&d.out);
    return 0;
}
