/* SPDX-License-Identifier: BSD-2-Clause */
/* sha256: SHA-256 (FIPS 180-4) of files, as `sha256sum` tells it. Floor F0. */
#ifndef RIBTAPE_BASE_SHA256_H
#define RIBTAPE_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { SHA256_LEN = 32, SHA256_HEX_LEN = 2 * SHA256_LEN };

/* Writes the digest of the file `fd` is open for (from where it stands to its end) as
 * lower-case hex, NUL-terminated. Returns 0, or -1 with errno. */
int sha256_fd(int fd, char hex[SHA256_HEX_LEN + 1]);

#endif
