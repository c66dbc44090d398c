/* SPDX-License-Identifier: BSD-2-Clause */
/* test_hash: published values of CRC-32C and SipHash-1-3. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/hash.h"

/* RFC 3720 appendix B.4 */
Test(hash, crc32c_of_the_rfc)
{
    uint8_t b[32];
    memset(b, 0, sizeof b);
    cr_assert_eq(hash_crc32c(0, b, 32), 0x8a9136aa);
    memset(b, 0xff, sizeof b);
    cr_assert_eq(hash_crc32c(0, b, 32), 0x62a8ab43);
    for (unsigned i = 0; i < 32; i++)
        b[i] = (uint8_t)i;
    cr_assert_eq(hash_crc32c(0, b, 32), 0x46dd794e);
    for (unsigned i = 0; i < 32; i++)
        b[i] = (uint8_t)(31 - i);
    cr_assert_eq(hash_crc32c(0, b, 32), 0x113fdb5c);
    cr_assert_eq(hash_crc32c(0, "123456789", 9), 0xe3069283);
    cr_assert_eq(hash_crc32c(0, NULL, 0), 0);
}

Test(hash, crc32c_in_parts_and_without_the_instruction)
{
    uint8_t b[100];
    for (unsigned i = 0; i < sizeof b; i++)
        b[i] = (uint8_t)(i * 37);
    for (size_t len = 0; len <= sizeof b; len++) {
        uint32_t want = hash_crc32c(0, b, len);
        cr_assert_eq(hash_crc32c_soft(0, b, len), want);
        for (size_t cut = 0; cut <= len; cut += 7)
            cr_assert_eq(hash_crc32c(hash_crc32c(0, b, cut), b + cut, len - cut), want);
    }
}

Test(hash, siphash_1_3)
{
    static const uint64_t zero[2] = {0, 0};
    static const uint64_t key[2] = {UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)};
    cr_assert_eq(hash_sip13(zero, "", 0), UINT64_C(0xd1fba762150c532c));
    cr_assert_eq(hash_sip13(zero, "\0", 1), UINT64_C(0x68a914128e01e473));
    cr_assert_eq(hash_sip13(zero, "siphash", 7), UINT64_C(0x8264ceeccb16bcbe));
    cr_assert_eq(hash_sip13(zero, "digest-sip_hash", 15), UINT64_C(0xce31007e34130c0a));
    cr_assert_eq(hash_sip13(key, NULL, 0), UINT64_C(0xabac0158050fc4dc));
}

Test(hash, keys_are_random)
{
    uint64_t a[2] = {0}, b[2] = {0};
    hash_random_key(a);
    hash_random_key(b);
    cr_assert(memcmp(a, b, sizeof a) != 0);
    cr_assert_neq(hash_sip13(a, "x", 1), hash_sip13(b, "x", 1));
}
