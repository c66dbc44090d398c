/* SPDX-License-Identifier: BSD-2-Clause */
/* reload: whether two entries of two configurations ask for the same. Floor F4. */
#ifndef RIBTAPE_COLLECTOR_CONFIG_RELOAD_H
#define RIBTAPE_COLLECTOR_CONFIG_RELOAD_H

#include "collector/config/config.h"

/* Return whether a session that lives by `a` can go on living by `b`. Limits of how many
 * sessions there may be are not compared: they bear on new sessions alone. */
bool config_peer_same(const struct config_peer *a, const struct config_peer *b);
bool config_router_same(const struct config_router *a, const struct config_router *b);

#endif
