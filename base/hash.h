/* SPDX-License-Identifier: BSD-2-Clause */
/* hash: CRC-32C for the journal, SipHash-1-3 for tables whose keys peers choose. Floor F0. */
#ifndef RIBTAPE_BASE_HASH_H
#define RIBTAPE_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* Continues a CRC-32C (Castagnoli, RFC 3720 appendix B.4) over `len` octets; start with 0. Uses
 * SSE 4.2 or ARMv8 when there. */
uint32_t hash_crc32c(uint32_t crc, const void *p, size_t len);

/* As hash_crc32c without the instruction; here for its test. */
uint32_t hash_crc32c_soft(uint32_t crc, const void *p, size_t len);

/* Returns the CRC-64-AVRO of `len` octets (Avro specification 1.11, "Schema Fingerprints"). */
uint64_t hash_crc64_avro(const void *p, size_t len);

/* Returns SipHash-1-3 of `len` octets under a 128-bit key (two little-endian words). */
uint64_t hash_sip13(const uint64_t key[2], const void *p, size_t len);

/* Fills a key from the system's random source. Never fails. */
void hash_random_key(uint64_t key[2]);

#endif
