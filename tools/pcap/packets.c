/* SPDX-License-Identifier: BSD-2-Clause */
/* packets: captured frames on their way to the connections in them. Floor F4. */
#include "tools/pcap/packets.h"

#include <stdlib.h>

struct packets *packets_new(struct decode *d)
{
    struct packets *r = calloc(1, sizeof *r);
    if (r != NULL)
        r->flows = decode_flows_new(d);
    if (r == NULL || r->flows == NULL) {
        decode_tell(d, DECODE_UNREADABLE, "out of memory");
        free(r);
        return NULL;
    }
    r->d = d;
    d->o.record.pcap = true;
    return r;
}

void packets_pass(struct packets *r, enum packet_why why)
{
    r->counts.all++;
    r->counts.over[why]++;
}

bool packets_take(struct packets *r, int link, uint64_t time_ns, struct cur frame,
                  uint32_t len)
{
    struct packet_segment s;
    bool whole = frame.left >= len;
    r->cut += !whole;
    if (!packet_to_ip(link, &frame)) {
        s.why = frame.failed ? PACKET_BROKEN : PACKET_NOT_IP;
    } else if (packet_segment(&r->fragments, frame, &s)) {
        r->counts.all++;
        if (whole) /* a header that promises more is wrong */
            s.cut = 0;
        return decode_flows_segment(r->flows, &s, time_ns);
    }
    packets_pass(r, s.why == PACKET_BROKEN && !whole ? PACKET_CUT : s.why);
    return true;
}

/* What only the end tells: which fragments never became whole datagrams, which connections
 * were ours. */
static void settle_counts(struct packets *r, const struct decode_flows_counts *flows)
{
    struct packet_counts *all = &r->d->packets;
    r->counts.over[PACKET_FRAGMENT] -= r->fragments.joined;
    r->counts.over[PACKET_OTHER_PORT] = flows->other_port;
    r->counts.over[PACKET_OTHER_TCP] = flows->other;
    all->all += r->counts.all;
    for (int i = 0; i < PACKET_WHY_CNT; i++)
        all->over[i] += r->counts.over[i];
}

static void tell_losses(const struct packets *r)
{
    if (r->cut > 0)
        decode_tell(r->d, DECODE_CLEAN, "%llu packets were captured in part",
                    (unsigned long long)r->cut);
    uint64_t lacking = r->fragments.given_up + packet_fragments_waiting(&r->fragments);
    if (lacking > 0)
        decode_tell(r->d, DECODE_DAMAGED, "%llu datagrams lack fragments",
                    (unsigned long long)lacking);
    if (r->fragments.broken > 0)
        decode_tell(r->d, DECODE_DAMAGED,
                    "%llu packets have IP or TCP headers that don't parse",
                    (unsigned long long)r->fragments.broken);
}

void packets_free(struct packets *r)
{
    struct decode_flows_counts flows;
    if (r == NULL)
        return;
    tell_losses(r);
    decode_flows_free(r->flows, &flows);
    settle_counts(r, &flows);
    packet_fragments_free(&r->fragments);
    r->d->o.record.pcap = false;
    free(r);
}
