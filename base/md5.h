/* SPDX-License-Identifier: BSD-2-Clause */
/* md5: MD5 (RFC 1321), where a foreign format names things by it. Never for security, and so not
 * libcrypto's, which refuses MD5 on a FIPS host. Floor F0. */
#ifndef RIBTAPE_BASE_MD5_H
#define RIBTAPE_BASE_MD5_H

#include <stddef.h>
#include <stdint.h>

enum { MD5_LEN = 16, MD5_TEXT_MAX = 1024 };

/* Writes the digest of up to MD5_TEXT_MAX octets. */
void md5(const void *p, size_t len, uint8_t digest[MD5_LEN]);

#endif
