/* SPDX-License-Identifier: BSD-2-Clause */
/* utf8: tells UTF-8 from other bytes (RFC 3629). Floor F0. */
#ifndef RIBTAPE_BASE_UTF8_H
#define RIBTAPE_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Returns how many bytes at `s` form one valid UTF-8 character (RFC 3629), 0 when none do. */
static inline size_t utf8_len(const uint8_t *s, size_t left)
{
    static const struct {
        uint8_t first_min, first_max, second_min, second_max, len;
    } forms[] = {
        {0x00, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (s[0] < forms[i].first_min || s[0] > forms[i].first_max)
            continue;
        size_t n = forms[i].len;
        if (n > left)
            return 0;
        if (n > 1 && (s[1] < forms[i].second_min || s[1] > forms[i].second_max))
            return 0;
        for (size_t k = 2; k < n; k++) {
            if ((s[k] & 0xc0) != 0x80)
                return 0;
        }
        return n;
    }
    return 0;
}

/* Returns whether all `len` bytes at `s` are UTF-8. No bytes are. */
static inline bool utf8_valid(const uint8_t *s, size_t len)
{
    for (size_t i = 0; i < len;) {
        size_t n = utf8_len(s + i, len - i);
        if (n == 0)
            return false;
        i += n;
    }
    return true;
}

#endif
