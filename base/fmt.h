/* SPDX-License-Identifier: BSD-2-Clause */
/* fmt: table-driven text of integers, addresses, prefixes and hex, without printf. Floor F0.
 *
 * Each function writes at `dst`, where the caller guarantees the room its FMT_*_MAX states,
 * writes no NUL, and returns the count of characters written; it may scribble over the rest of
 * that room. */
#ifndef RIBTAPE_BASE_FMT_H
#define RIBTAPE_BASE_FMT_H

#include <stddef.h>
#include <stdint.h>

enum {
    FMT_U64_MAX = 20,
    FMT_IPV4_MAX = 16,
    FMT_IPV6_MAX = 45,
    FMT_PREFIX_MAX = FMT_IPV6_MAX + 1 + FMT_U64_MAX,
    FMT_MAC_MAX = 17,
    FMT_RD_MAX = 32,
    FMT_TIME_MAX = 32,
};

/* Writes a decimal number. */
size_t fmt_u8(char *dst, uint8_t v);
size_t fmt_u16(char *dst, uint16_t v);
size_t fmt_u32(char *dst, uint32_t v);
size_t fmt_u64(char *dst, uint64_t v);

/* Writes `len` octets, at most FMT_WIDE_OCTETS, as one decimal number, highest octet first;
 * needs FMT_WIDE_MAX(len) room. */
enum { FMT_WIDE_OCTETS = 20 };
#define FMT_WIDE_MAX(len) (5 * (len) / 2 + 1)
size_t fmt_wide(char *dst, const uint8_t *p, size_t len);

/* Writes two decimal numbers with a character between; takes 16 octets of room. */
size_t fmt_u16_pair(char *dst, uint16_t a, char between, uint16_t b);

/* Writes an IPv4 address, four octets at `a`, as dotted quad. */
size_t fmt_ipv4(char *dst, const uint8_t *a);

/* Writes an IPv6 address, sixteen octets at `a`, in canonical form (RFC 5952 section 4;
 * IPv4-mapped addresses in mixed notation, section 5). */
size_t fmt_ipv6(char *dst, const uint8_t *a);

/* Writes `len` octets as lower-case hex; needs 2 * len room. */
size_t fmt_hex(char *dst, const uint8_t *p, size_t len);

/* Writes six octets as xx:xx:xx:xx:xx:xx. */
size_t fmt_mac(char *dst, const uint8_t *a);

/* Writes a route distinguisher, eight octets (RFC 4364 section 4.2): type 0 `asn:number`, type
 * 1 `a.b.c.d:number`, type 2 `asn4:number`; any other type `0xTTTT:hex`. */
size_t fmt_rd(char *dst, const uint8_t *rd);

/* Writes nanoseconds since the epoch as seconds with six decimals, `1763842537.123456`. */
size_t fmt_epoch_us(char *dst, uint64_t ns);

#endif
