/* SPDX-License-Identifier: BSD-2-Clause */
/* mirror: names of Route Mirroring's TLVs and codes. Floor F2. */
#include "bmp/mirror.h"

#define NAME_TEXT(value, NAME, text, rfc) [value] = text,
static const char *const type_names[] = {BMP_MIRROR_MAP(NAME_TEXT)};
static const char *const info_names[] = {BMP_MIRROR_INFO_MAP(NAME_TEXT)};

const char *bmp_mirror_name(uint16_t type)
{
    return type < sizeof type_names / sizeof type_names[0] ? type_names[type] : NULL;
}

const char *bmp_mirror_info_name(uint16_t code)
{
    return code < sizeof info_names / sizeof info_names[0] ? info_names[code] : NULL;
}
