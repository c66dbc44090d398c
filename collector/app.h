/* SPDX-License-Identifier: BSD-2-Clause */
/* app: the daemon's life: start, reload, watch, stop. Floor F4.
 *
 * Owns the shards, the sinks and the HTTP server, and the order in which they come and go. All
 * functions are for the main thread. */
#ifndef RIBTAPE_COLLECTOR_APP_H
#define RIBTAPE_COLLECTOR_APP_H

#include "base/log.h"
#include "collector/config/config.h"

struct app;

struct app_options {
    const char *config_path; /* NULL: built-in defaults */
    int bgp_port;            /* instead of the ports of bgp.listen; -1: as configured */
};

/* Loads the configuration as app_start will. NULL with the reasons in err. */
struct config *app_load(const struct app_options *o, char *err, size_t err_len);

/* Locks the data folder, opens the journals, starts shards, sinks and HTTP, in this order, so
 * that nothing is received that nobody would keep. On failure everything is undone. `log` must
 * outlive the app; its level is set. NULL with a reason in err. */
struct app *app_start(const struct app_options *o, struct config *cfg, struct log *log,
                      char *err, size_t err_len);

/* Reads the configuration again. Errors are logged and the old one stays in force; sessions
 * whose entries did not change stay up. */
void app_reload(struct app *a);

/* Asks for a RIB dump; logs when none is kept. */
void app_demand_dump(struct app *a);

/* Looks after the sinks; call about every second. */
void app_watch(struct app *a);

/* Ends sessions with Cease and `message` (RFC 9003), drains the sinks, and frees. Returns 0, or
 * -1 when sinks left something in the journal for the next start. */
int app_stop(struct app *a, const char *message);

#endif
