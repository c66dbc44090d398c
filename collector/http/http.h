/* SPDX-License-Identifier: BSD-2-Clause */
/* http: /healthz, /metrics, /peers, /ledger, POST /rib/dump and /reload for operators, on a
 * thread of its own. Floor F4.
 *
 * Without authentication: meant for loopback. What the pages say comes from a few functions, so
 * that this file knows no shard and no sink. */
#ifndef RIBTAPE_COLLECTOR_HTTP_HTTP_H
#define RIBTAPE_COLLECTOR_HTTP_HTTP_H

#include "base/buf.h"
#include "base/log.h"
#include "schemas/track/source.h"

/* Called on the HTTP thread, one at a time. */
struct http_pages {
    /* Appends a JSON object. Returns 0 (answered with 200) or -1 (503). */
    int (*health)(void *arg, struct buf *b);
    /* Appends Prometheus text. Returns 0, or -1 (503, text dropped). */
    int (*metrics)(void *arg, struct buf *b);
    /* Appends a JSON array. Returns 0, or -1 (503, text dropped). */
    int (*peers)(void *arg, struct buf *b);
    /* Appends a JSON array. Returns as peers. */
    int (*ledger)(void *arg, struct buf *b);
    /* Appends the same as text. */
    int (*ledger_text)(void *arg, struct buf *b);
    /* POST: asks for a RIB dump. Returns 0, or -1 (503). */
    int (*dump)(void *arg, struct buf *b);
    /* POST: asks for the configuration to be read again, as SIGHUP does. As dump. */
    int (*reload)(void *arg, struct buf *b);
};

struct http;

/* Binds `listen` and starts the thread. `pages` and `arg` must outlive it. NULL with a reason
 * in err. */
struct http *http_start(const struct source_addr *listen, const struct http_pages *pages,
                        void *arg, const struct log *log, char *err, size_t err_len);

/* The port bound: the one asked for, or the kernel's choice when that was 0. */
uint16_t http_port(const struct http *h);

/* Ends the thread, closes all and frees; h may be NULL. */
void http_stop(struct http *h);

#endif
