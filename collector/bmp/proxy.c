/* SPDX-License-Identifier: BSD-2-Clause */
/* proxy: the PROXY protocol's header (HAProxy's "The PROXY protocol", section 2.2). Floor F4.
 */
#include "collector/bmp/proxy.h"

#include "base/hash.h"

enum {
    SIGNATURE_LEN = 12,
    VERSION_2 = 2,
    COMMAND_LOCAL = 0,
    COMMAND_PROXY = 1,
    FAMILY_UNSPEC = 0x00,
    FAMILY_TCP4 = 0x11,
    FAMILY_TCP6 = 0x21,
    TLV_CRC32C = 0x03,
    TLV_HEAD_LEN = 3,
};

static const uint8_t signature[SIGNATURE_LEN] = {0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d,
                                                 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};

static enum proxy_result bad(const char **why, const char *text)
{
    *why = text;
    return PROXY_BAD;
}

/* Tells a wrong beginning as soon as it is seen. */
static enum proxy_result check_signature(const uint8_t *p, size_t len, const char **why)
{
    static const char v1[] = "PROXY ";
    size_t n = len < SIGNATURE_LEN ? len : SIGNATURE_LEN;
    size_t text = len < sizeof v1 - 1 ? len : sizeof v1 - 1;
    if (memcmp(p, signature, n) == 0)
        return len < PROXY_FIXED_LEN ? PROXY_MORE : PROXY_DONE;
    if (memcmp(p, v1, text) == 0)
        return text < sizeof v1 - 1 ? PROXY_MORE
                                    : bad(why, "version 1, the balancer must send version 2");
    return bad(why, "it is not there");
}

static bool read_addrs(struct cur *c, uint8_t addr_len, struct proxy_header *h)
{
    const uint8_t *from = c->p;
    *h = (struct proxy_header){
        .named = true, .remote = {.len = addr_len}, .local = {.len = addr_len}};
    if (!cur_skip(c, 2u * addr_len) || !cur_u16(c, &h->remote.port) ||
        !cur_u16(c, &h->local.port))
        return false;
    memcpy(h->remote.a, from, addr_len);
    memcpy(h->local.a, from + addr_len, addr_len);
    return true;
}

/* The checksum of the whole header with its own four octets as zeros (section 2.2.3). */
static bool crc_right(const uint8_t *p, size_t len, const struct cur *value)
{
    static const uint8_t zeros[4] = {0};
    size_t before = (size_t)(value->p - p);
    struct cur v = *value;
    uint32_t told;
    if (!cur_u32(&v, &told) || v.left != 0)
        return false;
    uint32_t crc = hash_crc32c(0, p, before);
    crc = hash_crc32c(crc, zeros, sizeof zeros);
    crc = hash_crc32c(crc, p + before + sizeof zeros, len - before - sizeof zeros);
    return crc == told;
}

static enum proxy_result read_tlvs(struct cur c, const uint8_t *p, size_t len, const char **why)
{
    while (c.left > 0) {
        uint8_t type;
        uint16_t n;
        struct cur value;
        if (!cur_u8(&c, &type) || !cur_u16(&c, &n) || !cur_take(&c, n, &value))
            return bad(why, "a TLV goes beyond its end");
        if (type == TLV_CRC32C && !crc_right(p, len, &value))
            return bad(why, "its checksum is wrong");
    }
    return PROXY_DONE;
}

enum proxy_result proxy_parse(const uint8_t *p, size_t len, struct proxy_header *h,
                              size_t *need, const char **why)
{
    *need = PROXY_FIXED_LEN;
    enum proxy_result r = check_signature(p, len, why);
    if (r != PROXY_DONE)
        return r;
    uint8_t version = p[12] >> 4, command = p[12] & 0x0f, family = p[13];
    *need = PROXY_FIXED_LEN + ((size_t)p[14] << 8 | p[15]);
    if (version != VERSION_2 || command > COMMAND_PROXY)
        return bad(why, "its version or command is unknown");
    if (*need > PROXY_HEADER_MAX)
        return bad(why, "it is longer than 4096 octets");
    if (len < *need)
        return PROXY_MORE;
    struct cur c = cur_of(p + PROXY_FIXED_LEN, *need - PROXY_FIXED_LEN);
    *h = (struct proxy_header){0};
    if (command == COMMAND_LOCAL || family == FAMILY_UNSPEC)
        return PROXY_DONE; /* whatever else it holds is to be ignored */
    if (family != FAMILY_TCP4 && family != FAMILY_TCP6)
        return bad(why, "its address family is neither TCP over IPv4 nor over IPv6");
    if (!read_addrs(&c, family == FAMILY_TCP4 ? 4 : 16, h))
        return bad(why, "it ends before its addresses do");
    return read_tlvs(c, p, *need, why);
}
