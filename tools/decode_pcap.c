/* SPDX-License-Identifier: BSD-2-Clause */
/* decode_pcap: packets out of pcap and pcapng, by libpcap. Floor F4. */
#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "tools/decode.h"
#include "tools/decode_flow.h"
#include "tools/packet.h"

bool decode_pcap_looks(const uint8_t *p, size_t len)
{
    static const uint32_t magics[] = {
        0xa1b2c3d4, 0xd4c3b2a1, /* microseconds, either byte order */
        0xa1b23c4d, 0x4d3cb2a1, /* nanoseconds */
        0xa1b2cd34, 0x34cdb2a1, /* Kuznetzov's */
        0x0a0d0d0a,             /* pcapng */
    };
    struct cur c = cur_of(p, len);
    uint32_t magic = 0;
    if (!cur_u32(&c, &magic))
        return false;
    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++) {
        if (magic == magics[i])
            return true;
    }
    return false;
}

/* libpcap reads a FILE: this one gives it the window's octets. */
static ssize_t read_window(void *cookie, char *dst, size_t len)
{
    struct window *in = cookie;
    size_t have = window_want(in, 1);
    size_t n = have < len ? have : len;
    memcpy(dst, window_at(in), n);
    window_skip(in, n);
    return (ssize_t)n;
}

struct reading {
    struct decode *d;
    struct decode_flows *flows;
    struct packet_fragments fragments;
    uint64_t packets, cut;
};

static bool take_packet(struct reading *r, int link, const struct pcap_pkthdr *h,
                        const uint8_t *p)
{
    struct packet_segment s;
    struct cur c = cur_of(p, h->caplen);
    r->packets++;
    r->cut += h->caplen < h->len;
    if (!packet_to_ip(link, &c) || !packet_segment(&r->fragments, c, &s))
        return true;
    /* the handle was opened for nanoseconds: that is what tv_usec holds */
    uint64_t time_ns = (uint64_t)h->ts.tv_sec * NS_PER_S + (uint64_t)h->ts.tv_usec;
    return decode_flows_segment(r->flows, &s, time_ns);
}

static void read_packets(struct reading *r, pcap_t *pcap)
{
    struct pcap_pkthdr *h;
    const uint8_t *p;
    int link = pcap_datalink(pcap), got;
    if (!packet_link_known(link)) {
        const char *name = pcap_datalink_val_to_name(link);
        decode_tell(r->d, DECODE_UNREADABLE, "link type %d (%s) is not known", link,
                    name != NULL ? name : "without a name");
        return;
    }
    while ((got = pcap_next_ex(pcap, &h, &p)) == 1) {
        if (!take_packet(r, link, h, p))
            return;
    }
    if (got == PCAP_ERROR)
        decode_tell(r->d, DECODE_DAMAGED, "after packet %llu: %s",
                    (unsigned long long)r->packets, pcap_geterr(pcap));
}

static void tell_losses(const struct reading *r)
{
    if (r->cut > 0)
        decode_tell(r->d, DECODE_CLEAN, "%llu packets were captured in part",
                    (unsigned long long)r->cut);
    if (r->fragments.given_up > 0)
        decode_tell(r->d, DECODE_DAMAGED, "%llu datagrams lack fragments",
                    (unsigned long long)r->fragments.given_up);
}

static pcap_t *open_window(struct decode *d, struct window *in)
{
    char err[PCAP_ERRBUF_SIZE] = "out of memory";
    FILE *f = fopencookie(in, "r", (cookie_io_functions_t){.read = read_window});
    pcap_t *pcap = NULL;
    if (f != NULL)
        pcap = pcap_fopen_offline_with_tstamp_precision(f, PCAP_TSTAMP_PRECISION_NANO, err);
    if (pcap == NULL)
        decode_tell(d, DECODE_UNREADABLE, "%s", err);
    if (pcap == NULL && f != NULL)
        fclose(f);
    return pcap;
}

void decode_pcap_read(struct decode *d, struct window *in)
{
    struct reading *r = calloc(1, sizeof *r);
    pcap_t *pcap = open_window(d, in);
    if (r != NULL)
        r->flows = decode_flows_new(d);
    if (r == NULL || r->flows == NULL)
        decode_tell(d, DECODE_UNREADABLE, "out of memory");
    d->o.record.pcap = true;
    if (pcap != NULL && r != NULL && r->flows != NULL) {
        r->d = d;
        read_packets(r, pcap);
        tell_losses(r);
    }
    if (r != NULL) {
        decode_flows_free(r->flows);
        packet_fragments_free(&r->fragments);
    }
    d->o.record.pcap = false;
    if (pcap != NULL)
        pcap_close(pcap); /* and the FILE; the window is the caller's */
    free(r);
}
