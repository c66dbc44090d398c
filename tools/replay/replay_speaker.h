/* SPDX-License-Identifier: BSD-2-Clause */
/* replay_speaker: a BGP speaker that sends what it is given (RFC 4271 section 8, without the
 * parts of one who listens). Floor F4. */
#ifndef RIBTAPE_TOOLS_REPLAY_REPLAY_SPEAKER_H
#define RIBTAPE_TOOLS_REPLAY_REPLAY_SPEAKER_H

#include "schemas/wire/encode_open.h"
#include "tools/replay/replay_link.h"

enum speaker_state {
    SPEAKER_DOWN,
    SPEAKER_CONNECT,
    SPEAKER_OPEN_SENT,
    SPEAKER_OPEN_CONFIRM,
    SPEAKER_UP,
    SPEAKER_CLOSING, /* our Cease is sent; the receiver has yet to close */
};

struct speaker {
    struct replay_link link;
    enum speaker_state state;
    struct encode_open open;        /* what is offered; set before speaker_start */
    struct bgp_ctx ctx;             /* how UPDATEs to the receiver are written */
    struct bgp_family_set families; /* agreed */
    uint16_t hold_s;                /* agreed; 0: no keepalives */
    uint64_t heard_ns;              /* monotonic: the receiver's last message */
    struct event *tick;
    void (*down)(struct speaker *s, const char *reason); /* failed or lost */
    void *user;
};

/* Opens the session: connects, and goes on by itself. */
void speaker_start(struct speaker *s);

/* Queues whole messages of an established session. */
void speaker_send(struct speaker *s, const uint8_t *msg, size_t len);

/* Ends the session behind what is queued: sends `notification` (NULL: a Cease, administrative
 * shutdown, RFC 4486), and waits for the receiver to close, at most some seconds. */
void speaker_close(struct speaker *s, const uint8_t *notification, size_t len);

/* Frees what the speaker holds, closing hard what is open. */
void speaker_free(struct speaker *s);

#endif
