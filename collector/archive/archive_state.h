/* SPDX-License-Identifier: BSD-2-Clause */
/* archive_state: what the archiver's checkpoints say, and how parts become final. Floor F4.
 *
 * Lines of tab-separated words, for the eye of an operator too:
 *
 *   archive  1  FINGERPRINT          of the options that choose names and formats
 *   slot     SECONDS
 *   open     OCTETS  FOLDER  NAME    NAME.part is valid up to OCTETS
 *   done     OCTETS  NAME            the same, and its slot is over */
#ifndef RIBTAPE_COLLECTOR_ARCHIVE_ARCHIVE_STATE_H
#define RIBTAPE_COLLECTOR_ARCHIVE_ARCHIVE_STATE_H

#include "collector/archive/archive_file.h"

/* Writes NAME.part (PATH_MAX octets at dst). Returns 0, or -1 with errno. */
MUST_USE int arch_part_path(char *dst, const char *name);

/* Appends the state. */
void arch_state_write(const struct arch_files *a, struct buf *b);

/* Reads a state and brings the disk to what it says: finishes what is done, cuts what is open.
 * Returns 0, or -1 with a reason in err. */
MUST_USE int arch_state_read(struct arch_files *a, const void *state, size_t len, char *err,
                             size_t err_len);

/* Notes a file whose slot is over. Returns 0, or -1 with errno. */
MUST_USE int arch_state_add_done(struct arch_files *a, const char *name, uint64_t len);

/* Returns whether a name is taken by a file that waits for its final name. */
bool arch_state_waits(const struct arch_files *a, const char *name);

/* Gives a part its final name; when somebody put another file there, the next free one. A part
 * that is not there has it already. Returns 0, or -1 with errno. */
MUST_USE int arch_state_finish(struct arch_files *a, const struct arch_done *d);

#endif
