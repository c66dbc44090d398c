/* SPDX-License-Identifier: BSD-2-Clause */
/* replay: `ribtape replay`, what its parts share. Floor F4.
 *
 * The capture's readers call back with each event; the callback waits, running the event loop,
 * until the event is due and the receiver has room. So one thread does all, and no queue grows
 * beyond REPLAY_QUEUE_MAX octets of one connection. */
#ifndef RIBTAPE_TOOLS_REPLAY_REPLAY_H
#define RIBTAPE_TOOLS_REPLAY_REPLAY_H

#include "tools/decode/decode.h"
#include "tools/replay/replay_book.h"
#include "tools/replay/replay_link.h"

struct replay;

/* Where a replay goes: BGP sessions or BMP connections. */
struct replay_target {
    const char *scheme; /* "bgp" */
    const char *of;     /* "sessions": what carries the messages */
    bool raw;           /* BMP messages are taken as they are, whatever the book says */
    /* Opens what is to be open before the first message. Returns 0, or -1 when memory ran out.
     */
    int (*open)(struct replay *r);
    /* Takes one event in the second reading; `ev` is where it came from. Counts what it can't
     * send by replay_skip. */
    void (*take)(struct replay *r, const struct replay_item *item,
                 const struct decode_event *ev);
    /* Says what must be said at the capture's end (End-of-RIB), not closing anything. */
    void (*end)(struct replay *r);
    /* Returns whether all has arrived: nothing waits, nothing is unacknowledged. */
    bool (*idle)(const struct replay *r);
    /* Begins to close in order; then returns whether all is closed. */
    void (*close)(struct replay *r);
    bool (*closed)(const struct replay *r);
    void (*drop)(struct replay *r); /* frees */
};

extern const struct replay_target replay_bgp, replay_bmp;

struct replay_options {
    const struct replay_target *target;
    const char *to_text;
    struct sockaddr_storage to;
    socklen_t to_len;
    double speed; /* 0: as fast as accepted */
    struct sockaddr_storage local;
    unsigned local_cnt; /* addresses from `local` on; 0: any */
    uint32_t asn;       /* of the first peer; 0: as captured */
    unsigned asn_cnt;
    int hold_time_s; /* -1: as captured, else 90 */
    uint64_t count;  /* messages; UINT64_MAX: all */
    uint64_t duration_ns, stay_ns;
    unsigned connect_s;
    struct replay_choice choice;
};

struct replay {
    struct decode d; /* first: the readers know it alone */
    struct replay_options o;
    struct event_base *base;
    struct event *wake; /* ends a wait in time */
    struct replay_book *book;
    bool again;   /* the second reading */
    bool failed;  /* memory ran out, or no session came up */
    bool stopped; /* by --count, --duration or a signal */
    const char *stopped_by;
    uint64_t start_ns;           /* monotonic, of the first message */
    uint64_t first_ns;           /* the capture's time then */
    uint64_t sent, octets, eors; /* put on the wire */
    uint64_t recoded;            /* of them, with AS numbers of the other width */
    uint64_t skipped[REPLAY_SKIP_CNT];
    uint64_t total;    /* items of the first reading */
    uint64_t done;     /* of the second */
    uint64_t told_ns;  /* when progress was told last */
    unsigned up, lost; /* sessions or connections that came up; that failed */
    void *state;       /* the target's */
};

/* Counts one that is not sent. */
void replay_skip(struct replay *r, enum replay_skip why);

/* Counts one that is. */
void replay_sent(struct replay *r, size_t len);

/* Runs the event loop until something happens, at most until `until_ns` (monotonic). */
void replay_wait(struct replay *r, uint64_t until_ns);

/* Says a line on standard error. */
void replay_say(const struct replay *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Fills a link for peer or router number `i`. */
void replay_link_init(struct replay *r, struct replay_link *l, unsigned i);

#endif
