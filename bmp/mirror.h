/* SPDX-License-Identifier: BSD-2-Clause */
/* mirror: Route Mirroring's TLVs (RFC 7854 section 4.7). Floor F2. */
#ifndef RIBTAPE_BMP_MIRROR_H
#define RIBTAPE_BMP_MIRROR_H

#include "bmp/tlv.h"

/* clang-format off */

/* IANA "BMP Route Mirroring TLVs" */
#define BMP_MIRROR_MAP(X)                                                                \
    X(0, MESSAGE,     "bgp-message", "RFC 7854")                                         \
    X(1, INFORMATION, "information", "RFC 7854")

/* IANA "BMP Route Mirroring Information Codes" */
#define BMP_MIRROR_INFO_MAP(X)                                                           \
    X(0, ERRORED_PDU,   "errored-pdu",   "RFC 7854")                                     \
    X(1, MESSAGES_LOST, "messages-lost", "RFC 7854")

#define BMP_ENUM_MIRROR(value, NAME, text, rfc) BMP_MIRROR_##NAME = value,
#define BMP_ENUM_MIRROR_INFO(value, NAME, text, rfc) BMP_MIRROR_INFO_##NAME = value,
enum bmp_mirror { BMP_MIRROR_MAP(BMP_ENUM_MIRROR) };
enum bmp_mirror_info { BMP_MIRROR_INFO_MAP(BMP_ENUM_MIRROR_INFO) };

/* clang-format on */

/* Return the names, or NULL. */
const char *bmp_mirror_name(uint16_t type);
const char *bmp_mirror_info_name(uint16_t code);

#endif
