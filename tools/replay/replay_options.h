/* SPDX-License-Identifier: BSD-2-Clause */
/* replay_options: the command line of `ribtape replay`. Floor F4. */
#ifndef RIBTAPE_TOOLS_REPLAY_REPLAY_OPTIONS_H
#define RIBTAPE_TOOLS_REPLAY_REPLAY_OPTIONS_H

#include "tools/replay/replay.h"

/* Fills r->o and r->d.o; *first is the index of the first file. Returns as cli_parse. */
int replay_options_parse(struct replay *r, int argc, char **argv, int *first);

#endif
