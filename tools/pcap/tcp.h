/* SPDX-License-Identifier: BSD-2-Clause */
/* tcp: connections and the two streams of each, out of captured segments. Floor F4.
 *
 * Segments may come late, twice, or overlapping (the first copy of an octet counts; a second
 * one that differs is told, as far back as TCP_HISTORY octets), or not at all: then the octets
 * behind the gap wait, until too much waits or the connection ends, and the gap is told. When
 * the other direction was captured, too, and has acknowledged what is missing, it won't come
 * any more: the gap is told TCP_LATE_MS and TCP_LATE_MIN segments of the connection later, in
 * which time packets may be captured out of their order, or TCP_LATE_MAX segments later. The
 * same goes for what was cut off a packet by the capture. A
 * connection whose beginning was not captured waits for TCP_EARLY_MAX segments, so as to begin
 * with the first of them. What comes of a connection after its end is not another one's.
 * Memory: TCP_FLOWS_MAX connections (the longest silent one makes room), TCP_WAITING_MAX octets
 * waiting and TCP_HISTORY_MAX of history in all. Not thread-safe. */
#ifndef RIBTAPE_TOOLS_PCAP_TCP_H
#define RIBTAPE_TOOLS_PCAP_TCP_H

#include "tools/pcap/packet.h"

enum {
    TCP_FLOWS_MAX = 16384,
    TCP_WAITING_DIR_MAX = 1 << 20, /* octets, of one direction */
    TCP_WAITING_MAX = 12 << 20,    /* octets, of all */
    TCP_EARLY_MAX = 16,            /* segments, of a connection joined midway, */
    TCP_EARLY_MS = 500,            /* and not longer */
    TCP_LATE_MS = 50,
    TCP_LATE_MIN = 8,
    TCP_LATE_MAX = 64,
    TCP_HISTORY = 16 << 10,        /* octets, of one direction; a power of two */
    TCP_HISTORY_MAX = 4 << 20,     /* octets, of all: directions beyond have none */
};

struct tcp;

/* A connection, as its user sees it. Direction d is what end[d] sends. */
struct tcp_flow {
    struct source_addr end[2];
    bool syn[2];  /* the direction's beginning was captured */
    int opener;   /* who sent the SYN without ACK; -1: not captured */
    bool ignored; /* set by the user: not its business, don't keep anything */
    bool wanted;  /* the user's, for `forget` */
    void *user;   /* the user's; freed in `end` */
    uint64_t segments;
};

struct tcp_hooks {
    /* The next octets of a direction, in order. `time_ns`: of the packet that brought them. */
    void (*bytes)(void *arg, struct tcp_flow *f, int dir, uint64_t time_ns, const uint8_t *p,
                  size_t len);
    /* `len` octets of a direction were not captured. */
    void (*gap)(void *arg, struct tcp_flow *f, int dir, uint64_t len);
    /* `len` octets of a direction that were handed out or wait came again and were others; the
     * first of them is number `off` of the stream. May be NULL. */
    void (*differs)(void *arg, struct tcp_flow *f, int dir, uint64_t off, uint64_t len);
    /* The connection is over or forgotten. */
    void (*end)(void *arg, struct tcp_flow *f);
    /* After `end`, no segment of it will come any more. May be NULL. */
    void (*forget)(void *arg, const struct tcp_flow *f);
    void *arg;
};

/* Returns NULL when memory runs out. */
struct tcp *tcp_new(const struct tcp_hooks *hooks);

/* Takes one segment. Returns 0, or -1 when memory runs out (errno). */
int tcp_segment(struct tcp *t, const struct packet_segment *s, uint64_t time_ns);

/* Hands out all that waits, tells the gaps, ends all connections, frees. NULL is allowed. */
void tcp_free(struct tcp *t);

#endif
