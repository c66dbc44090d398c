/* SPDX-License-Identifier: BSD-2-Clause */
/* replay_options: the command line of `ribtape replay`. Floor F4. */
#ifndef RIBTAPE_TOOLS_REPLAY_OPTIONS_H
#define RIBTAPE_TOOLS_REPLAY_OPTIONS_H

#include "tools/replay.h"

/* Fills r->o and r->d.o. Returns 0 with *first the index of the first file, else an exit status
 * plus one (told). */
int replay_options_parse(struct replay *r, int argc, char **argv, int *first);

#endif
