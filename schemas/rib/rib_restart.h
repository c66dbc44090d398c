/* SPDX-License-Identifier: BSD-2-Clause */
/* rib_restart: what graceful restart (restart.h) does to a peer's routes in a RIB, where stale
 * ones are marked RIB_MARK_STALE. Floor F3. */
#ifndef RIBTAPE_SCHEMAS_RIB_RIB_RESTART_H
#define RIBTAPE_SCHEMAS_RIB_RIB_RESTART_H

#include "schemas/rib/restart.h"
#include "schemas/rib/rib.h"

/* As their namesakes in restart.h. Return the number of routes dropped. */
uint32_t rib_restart_up(struct restart *g, struct rib *r, uint32_t peer, uint32_t time_s);
uint32_t rib_restart_eor(struct restart *g, struct rib *r, uint32_t peer, unsigned family);
uint32_t rib_restart_down(struct restart *g, struct rib *r, uint32_t peer, uint32_t time_s);
uint32_t rib_restart_time(struct restart *g, struct rib *r, uint32_t peer, uint32_t time_s);

#endif
