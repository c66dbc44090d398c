/* SPDX-License-Identifier: BSD-2-Clause */
/* decode_pcap: packets out of pcap files, by libpcap. Floor F4. */
#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "tools/packets.h"

bool decode_pcap_looks(const uint8_t *p, size_t len)
{
    static const uint32_t magics[] = {
        0xa1b2c3d4, 0xd4c3b2a1, /* microseconds, either byte order */
        0xa1b23c4d, 0x4d3cb2a1, /* nanoseconds */
        0xa1b2cd34, 0x34cdb2a1, /* Kuznetzov's */
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

static void read_packets(struct packets *r, pcap_t *pcap)
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
        /* the handle was opened for nanoseconds: that is what tv_usec holds */
        uint64_t time_ns = (uint64_t)h->ts.tv_sec * NS_PER_S + (uint64_t)h->ts.tv_usec;
        if (!packets_take(r, link, time_ns, cur_of(p, h->caplen), h->len))
            return;
    }
    if (got == PCAP_ERROR)
        decode_tell(r->d, DECODE_DAMAGED, "after packet %llu: %s",
                    (unsigned long long)r->counts.all, pcap_geterr(pcap));
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
    struct packets *r = packets_new(d);
    pcap_t *pcap = r != NULL ? open_window(d, in) : NULL;
    if (pcap != NULL)
        read_packets(r, pcap);
    packets_free(r);
    if (pcap != NULL)
        pcap_close(pcap); /* and the FILE; the window is the caller's */
}
