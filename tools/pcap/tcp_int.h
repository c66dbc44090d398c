/* SPDX-License-Identifier: BSD-2-Clause */
/* tcp_int: what the files of the reassembly share. Floor F4; internal to tools/pcap/tcp*.c.
 *
 * tcp.c has connections, tcp_stream.c one direction's octets, tcp_early.c connections whose
 * beginning was not captured. */
#ifndef RIBTAPE_TOOLS_PCAP_TCP_INT_H
#define RIBTAPE_TOOLS_PCAP_TCP_INT_H

#include "schemas/track/table.h"
#include "tools/pcap/tcp.h"

enum { TCP_KEY_LEN = 37, TCP_FAR = 1 << 26 /* octets: no window, so another connection */ };

/* Octets that came before what they follow. */
struct tcp_waiting {
    struct tcp_waiting *next;
    uint64_t off; /* in the stream */
    uint64_t time_ns;
    uint32_t len;
    uint8_t data[];
};

struct tcp_stream {
    bool started;
    uint32_t seq;   /* of the next octet in order */
    uint64_t next;  /* its place in the stream */
    uint64_t known; /* from here on, up to `next`, nothing is missing */
    struct tcp_waiting *queue;
    uint32_t waiting; /* octets in the queue */
    bool fin;
    uint64_t fin_off; /* where the stream ends */
    uint32_t isn;     /* valid when the SYN was seen */
    uint32_t first;   /* sequence number of the first octet; valid when started */
    uint32_t syn_len; /* octets the SYN carried */
    uint64_t sent;    /* up to here the octets are known to have been sent: their receiver said
                       * so, or they were captured in part */
    uint32_t late;    /* segments of the connection since `next` stands before such octets: */
    uint64_t late_at, late_end; /* from where to where, then; */
    uint64_t late_ns;           /* the first segment's time */
    uint8_t *history; /* TCP_HISTORY octets: the last ones handed out, each at its place in the
                         stream; NULL: none kept */
};

/* A segment of a connection joined midway, held back. */
struct tcp_early {
    struct tcp_early *next;
    struct packet_segment s; /* `data` borrows what follows */
    uint64_t time_ns;
    uint8_t data[];
};

/* One connection. `node` is first. */
struct tcp_conn {
    struct table_node node;
    struct tcp_flow pub;
    uint8_t key[TCP_KEY_LEN];
    struct tcp_stream dir[2];
    struct tcp_conn *newer, *older; /* by the last segment */
    bool ended;                 /* what still comes is repetition */
    unsigned early_cnt;
    struct tcp_early *early, **early_end; /* in the order of their coming */
    bool settled;                     /* no more segments are held back */
};

struct tcp {
    struct tcp_hooks hooks;
    struct table flows;
    uint64_t hash_key[2];
    struct tcp_conn *newest, *oldest;
    uint64_t waiting; /* octets in all queues */
    uint64_t history; /* octets in all histories */
};

/* ---- tcp.c ---- */

/* Makes the key, the same for both directions. Returns which end the segment comes from. */
int tcp_make_key(uint8_t key[TCP_KEY_LEN], const struct packet_segment *s);

/* Takes a segment whose connection it is. Returns 0, or -1 when memory runs out. */
int tcp_take_segment(struct tcp *t, struct tcp_conn *f, const struct packet_segment *s,
                     int from, uint64_t time_ns);

/* Learns from a SYN where its direction begins. */
void tcp_take_syn(struct tcp_conn *f, const struct packet_segment *s, int from);

/* ---- tcp_stream.c ---- */

/* Takes a segment's octets; `rel`: how far they begin behind the next one in order. Returns 0,
 * or -1 when memory runs out. */
int tcp_take_data(struct tcp *t, struct tcp_conn *f, int dir, int64_t rel, uint64_t time_ns,
                  struct cur c);

/* Notes that a direction's octets were sent up to number `off`. */
void tcp_note_sent(struct tcp_stream *d, uint64_t off);

/* Gives up octets that were sent, were not captured, and are late: after each segment. */
void tcp_lose_late(struct tcp *t, struct tcp_conn *f, int dir, uint64_t time_ns);

/* Hands out all that waits, and tells the gaps before. */
void tcp_flush_stream(struct tcp *t, struct tcp_conn *f, int dir);

/* Tells of `len` octets that are missing. */
void tcp_tell_gap(struct tcp *t, struct tcp_conn *f, int dir, uint64_t len);

/* Frees both directions' history. */
void tcp_forget_history(struct tcp *t, struct tcp_conn *f);

/* ---- tcp_early.c ---- */

/* Holds a segment back while it is not known where the connection begins. Returns 1 when it
 * did, 0 when there is no reason to, -1 when memory ran out. */
int tcp_hold_early(struct tcp *t, struct tcp_conn *f, const struct packet_segment *s, int from,
                   uint64_t time_ns);

/* Takes the segments held back. */
void tcp_release_early(struct tcp *t, struct tcp_conn *f);

#endif
