/* SPDX-License-Identifier: BSD-2-Clause */
/* hash: CRC-32C (RFC 3720 appendix B.4) and SipHash-1-3 (Aumasson and Bernstein). Floor F0. */
#include "base/hash.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"

#if defined(__x86_64__)
#include <nmmintrin.h>
#elif defined(__aarch64__)
#include <arm_acle.h>
#include <sys/auxv.h>
#endif

/* One nibble at a time: small, and only for processors without the instruction. */
static uint32_t crc_soft(uint32_t crc, const uint8_t *p, size_t len)
{
    static const uint32_t nibble[16] = {
        0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3,
        0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
        0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
    };
    for (size_t i = 0; i < len; i++) {
        crc ^= p[i];
        crc = crc >> 4 ^ nibble[crc & 15];
        crc = crc >> 4 ^ nibble[crc & 15];
    }
    return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t crc_hard(uint32_t crc, const uint8_t *p,
                                                           size_t len)
{
    uint64_t c = crc, v;
    for (; len >= 8; p += 8, len -= 8) {
        memcpy(&v, p, 8);
        c = _mm_crc32_u64(c, v);
    }
    uint32_t c32 = (uint32_t)c, v32;
    if (len >= 4) {
        memcpy(&v32, p, 4);
        c32 = _mm_crc32_u32(c32, v32);
        p += 4;
        len -= 4;
    }
    for (; len > 0; p++, len--)
        c32 = _mm_crc32_u8(c32, *p);
    return c32;
}

static int has_crc(void)
{
    return __builtin_cpu_supports("sse4.2");
}
#elif defined(__aarch64__)
__attribute__((target("+crc"))) static uint32_t crc_hard(uint32_t crc, const uint8_t *p,
                                                         size_t len)
{
    uint64_t v;
    for (; len >= 8; p += 8, len -= 8) {
        memcpy(&v, p, 8);
        crc = __crc32cd(crc, v);
    }
    for (; len > 0; p++, len--)
        crc = __crc32cb(crc, *p);
    return crc;
}

static int has_crc(void)
{
    return (getauxval(AT_HWCAP) & HWCAP_CRC32) != 0;
}
#else
static uint32_t crc_hard(uint32_t crc, const uint8_t *p, size_t len)
{
    return crc_soft(crc, p, len);
}

static int has_crc(void)
{
    return 0;
}
#endif

uint32_t hash_crc32c(uint32_t crc, const void *p, size_t len)
{
    return has_crc() ? ~crc_hard(~crc, p, len) : ~crc_soft(~crc, p, len);
}

uint32_t hash_crc32c_soft(uint32_t crc, const void *p, size_t len)
{
    return ~crc_soft(~crc, p, len);
}

static uint64_t rotl(uint64_t v, unsigned n)
{
    return v << n | v >> (64 - n);
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotl(v[1], 13) ^ v[0];
    v[0] = rotl(v[0], 32);
    v[2] += v[3];
    v[3] = rotl(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotl(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotl(v[1], 17) ^ v[2];
    v[2] = rotl(v[2], 32);
}

/* Reads up to eight octets, little-endian. */
static uint64_t sip_word(const uint8_t *p, size_t len)
{
    uint64_t v = 0;
    if (len > 0)
        memcpy(&v, p, len);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    return v;
}

uint64_t hash_sip13(const uint64_t key[2], const void *data, size_t len)
{
    const uint8_t *p = data;
    uint64_t v[4] = {
        key[0] ^ UINT64_C(0x736f6d6570736575),
        key[1] ^ UINT64_C(0x646f72616e646f6d),
        key[0] ^ UINT64_C(0x6c7967656e657261),
        key[1] ^ UINT64_C(0x7465646279746573),
    };
    size_t left = len;
    for (; left >= 8; p += 8, left -= 8) {
        uint64_t m = sip_word(p, 8);
        v[3] ^= m;
        sip_round(v);
        v[0] ^= m;
    }
    uint64_t last = sip_word(p, left) | (uint64_t)(len & 0xff) << 56;
    v[3] ^= last;
    sip_round(v);
    v[0] ^= last;
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void hash_random_key(uint64_t key[2])
{
    const size_t len = 2 * sizeof key[0];
    ssize_t n;
    do
        n = getrandom(key, len, 0);
    while (n < 0 && errno == EINTR);
    if (n == (ssize_t)len)
        return;
    /* No getrandom (a seccomp filter): what an attacker at least can't see exactly. */
    key[0] = clock_monotonic_ns();
    key[1] = clock_realtime_ns() ^ (uint64_t)(uintptr_t)key;
}

uint64_t hash_crc64_avro(const void *p, size_t len)
{
    const uint64_t empty = 0xc15d213aa4d7a795; /* the polynomial, and what it begins with */
    uint64_t crc = empty;
    for (size_t i = 0; i < len; i++) {
        uint64_t low = (crc ^ ((const uint8_t *)p)[i]) & 0xff;
        for (unsigned bit = 0; bit < 8; bit++)
            low = low >> 1 ^ (empty & (0 - (low & 1)));
        crc = crc >> 8 ^ low;
    }
    return crc;
}
