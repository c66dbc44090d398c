/* SPDX-License-Identifier: BSD-2-Clause */
/* test_caps: every row of the table of capabilities, by contract: a row without a vector fails.
 *
 * A vector is decoded, cut and stretched octet by octet; `lengths` says which of these are
 * legal and how the others are diagnosed. */
#include "tests/unit/bgp/wire.h"

#include "bgp/caps.h"
#include "bgp/open.h"

/* Which lengths around a good value are good. */
enum lengths {
    ANY,   /* opaque: every length */
    WHOLE, /* n entries of `step` after `head`: LENGTH at the value's first octet otherwise */
    WALK,  /* fields that run into each other: TRUNCATED where they are cut, TRAILING after */
};

struct cap_vector {
    uint8_t code;
    enum lengths lengths;
    uint8_t head, step, min; /* WHOLE: head + n * step octets, at least min */
    const char *hex;
    const char *json; /* without the braces, code and name */
};

#define V4U "\"afi\":\"ipv4\",\"safi\":\"unicast\""
#define V6U "\"afi\":\"ipv6\",\"safi\":\"unicast\""

static const struct cap_vector vectors[] = {
    {1, WHOLE, 4, 0, 4, "00010001", V4U},
    {1, WHOLE, 4, 0, 4, "00190046", "\"afi\":\"l2vpn\",\"safi\":\"evpn\""},
    {1, WHOLE, 4, 0, 4, "12345678", "\"afi\":\"4660\",\"safi\":\"120\",\"reserved\":86"},
    {2, WHOLE, 0, 0, 0, "", ""},
    {3, WALK, 0, 0, 0, "0001000101 4003",
     "\"families\":[{" V4U ",\"orfs\":[{\"type\":\"address-prefix\",\"mode\":\"both\"}]}]"},
    {3, WALK, 0, 0, 0, "0001000102 4001 0202",
     "\"families\":[{" V4U ",\"orfs\":[{\"type\":\"address-prefix\",\"mode\":\"receive\"},"
     "{\"type\":\"communities\",\"mode\":\"send\"}]}]"},
    {4, ANY, 0, 0, 0, "", ""},
    {4, ANY, 0, 0, 0, "0001", "\"value\":\"0001\""},
    {5, WHOLE, 0, 6, 6, "000100010002 000100800002",
     "\"families\":[{" V4U ",\"next_hop_afi\":\"ipv6\"},"
     "{\"afi\":\"ipv4\",\"safi\":\"vpn\",\"next_hop_afi\":\"ipv6\"}]"},
    {5, WHOLE, 0, 6, 6, "000101010002",
     "\"families\":[{\"afi\":\"ipv4\",\"safi\":\"257\",\"next_hop_afi\":\"ipv6\"}]"},
    {6, WHOLE, 0, 0, 0, "", ""},
    {7, WHOLE, 3, 0, 3, "000001", "\"version\":0,\"direction\":\"receive\",\"afi\":\"ipv4\""},
    {7, WHOLE, 3, 0, 3, "1d0002",
     "\"version\":1,\"direction\":\"send\",\"afi\":\"ipv6\",\"reserved\":5"},
    {8, WHOLE, 0, 4, 4, "00010403 0002047f",
     "\"families\":[{\"afi\":\"ipv4\",\"safi\":\"labeled-unicast\",\"count\":3},"
     "{\"afi\":\"ipv6\",\"safi\":\"labeled-unicast\",\"count\":127}]"},
    {9, WHOLE, 1, 0, 1, "00", "\"role\":\"provider\""},
    {9, WHOLE, 1, 0, 1, "01", "\"role\":\"rs\""},
    {9, WHOLE, 1, 0, 1, "02", "\"role\":\"rs-client\""},
    {9, WHOLE, 1, 0, 1, "03", "\"role\":\"customer\""},
    {9, WHOLE, 1, 0, 1, "04", "\"role\":\"peer\""},
    {9, WHOLE, 1, 0, 1, "05", "\"role\":\"5\""},
    {64, WHOLE, 2, 4, 2, "0078",
     "\"restarting\":false,\"notification\":false,\"restart_time\":120,\"families\":[]"},
    {64, WHOLE, 2, 4, 2, "ffff 00010180 0002017f",
     "\"restarting\":true,\"notification\":true,\"reserved\":3,\"restart_time\":4095,"
     "\"families\":[{" V4U ",\"forwarding\":true},{" V6U ",\"forwarding\":false,"
     "\"reserved\":127}]"},
    {65, WHOLE, 4, 0, 4, "fffffffe", "\"asn\":4294967294"},
    {66, ANY, 0, 0, 0, "", "\"codes\":[]"},
    {67, ANY, 0, 0, 0, "010246", "\"codes\":[1,2,70]"},
    {68, WALK, 0, 0, 0, "80 0141", "\"grouping\":true,\"codes\":[1,65]"},
    {68, WALK, 0, 0, 0, "01", "\"grouping\":false,\"reserved\":1,\"codes\":[]"},
    {69, WHOLE, 0, 4, 4, "00010101 00020102 00018003 00190007",
     "\"families\":[{" V4U ",\"mode\":\"receive\"},{" V6U ",\"mode\":\"send\"},"
     "{\"afi\":\"ipv4\",\"safi\":\"vpn\",\"mode\":\"both\"},"
     "{\"afi\":\"l2vpn\",\"safi\":\"0\",\"mode\":\"7\"}]"},
    {70, WHOLE, 0, 0, 0, "", ""},
    {71, WHOLE, 0, 7, 0, "000101 80 015180 000201 01 000000",
     "\"families\":[{" V4U ",\"forwarding\":true,\"stale_time\":86400},"
     "{" V6U ",\"forwarding\":false,\"reserved\":1,\"stale_time\":0}]"},
    {72, WHOLE, 0, 4, 4, "00014b01",
     "\"families\":[{\"afi\":\"ipv4\",\"safi\":\"rpd\",\"mode\":\"receive\"}]"},
    {73, WALK, 0, 0, 0, "0272320161", "\"hostname\":\"r2\",\"domain\":\"a\""},
    {73, WALK, 0, 0, 0, "02723200", "\"hostname\":\"r2\",\"domain\":\"\""},
    {74, WHOLE, 0, 0, 0, "", ""},
    {75, WALK, 0, 0, 0, "0446525231", "\"version\":\"FRR1\""},
    {76, WHOLE, 0, 5, 5, "000101 000a 000201 ffff",
     "\"families\":[{" V4U ",\"limit\":10},{" V6U ",\"limit\":65535}]"},
    {77, WHOLE, 0, 0, 0, "", ""},
    {128, WHOLE, 0, 0, 0, "", ""},
    {129, ANY, 0, 0, 0, "00010001014003", "\"value\":\"00010001014003\""},
    {130, WALK, 0, 0, 0, "0002000101 8002",
     "\"families\":[{" V6U ",\"orfs\":[{\"type\":\"address-prefix-old\",\"mode\":\"send\"}]}]"},
    {131, WALK, 0, 0, 0, "00 01", "\"grouping\":false,\"codes\":[1]"},
    {184, WALK, 0, 0, 0, "016100", "\"hostname\":\"a\",\"domain\":\"\""},
    {185, WHOLE, 0, 0, 0, "", ""},
    {239, ANY, 0, 0, 0, "00ff", "\"value\":\"00ff\""},
    {240, ANY, 0, 0, 0, "", ""},
    {241, ANY, 0, 0, 0, "01", "\"value\":\"01\""},
    {242, ANY, 0, 0, 0, "02", "\"value\":\"02\""},
    {243, ANY, 0, 0, 0, "03", "\"value\":\"03\""},
    {244, ANY, 0, 0, 0, "04", "\"value\":\"04\""},
    {245, ANY, 0, 0, 0, "05", "\"value\":\"05\""},
    {246, ANY, 0, 0, 0, "06", "\"value\":\"06\""},
    {247, ANY, 0, 0, 0, "07", "\"value\":\"07\""},
    {248, ANY, 0, 0, 0, "08", "\"value\":\"08\""},
    {249, ANY, 0, 0, 0, "09", "\"value\":\"09\""},
    {250, ANY, 0, 0, 0, "0a", "\"value\":\"0a\""},
    {251, ANY, 0, 0, 0, "0b", "\"value\":\"0b\""},
    {252, ANY, 0, 0, 0, "0c", "\"value\":\"0c\""},
    {253, ANY, 0, 0, 0, "0d", "\"value\":\"0d\""},
    {254, ANY, 0, 0, 0, "0e", "\"value\":\"0e\""},
};

enum { VECTOR_CNT = sizeof vectors / sizeof vectors[0], AT = 31 /* an offset to look for */ };

static int decode(uint8_t code, const uint8_t *p, size_t len, struct record *r,
                  struct nlri_fault *fault)
{
    uint8_t *exact = exact_copy(p, len);
    int rc = cap_decode(code, cur_at(exact, len, AT), record_begin(r), fault);
    record_end(r);
    free(exact);
    return rc;
}

Test(caps, every_row_has_a_vector_and_codes_are_unique)
{
    for (unsigned i = 0; i < cap_map_cnt; i++) {
        unsigned found = 0;
        for (size_t k = 0; k < VECTOR_CNT; k++)
            found += vectors[k].code == cap_map[i].code;
        cr_assert_gt(found, 0, "capability %u has no vector", cap_map[i].code);
        cr_assert_eq(cap_row_of(cap_map[i].code), &cap_map[i]);
        cr_assert(cap_map[i].name[0] != '\0' && cap_map[i].rfc[0] != '\0');
    }
    cr_assert_null(cap_row_of(0));
    cr_assert_null(cap_row_of(199));
}

Test(caps, decodes_every_vector)
{
    static struct octets value;
    for (size_t i = 0; i < VECTOR_CNT; i++) {
        const struct cap_vector *v = &vectors[i];
        struct record r;
        struct nlri_fault fault;
        char want[1000];
        octets_of(&value, v->hex);
        snprintf(want, sizeof want, "{\"code\":%u,\"name\":\"%s\"%s%s}", v->code,
                 cap_row_of(v->code)->name, v->json[0] != '\0' ? "," : "", v->json);
        cr_assert_eq(decode(v->code, value.p, value.len, &r, &fault), 0, "%s", v->hex);
        cr_assert_str_eq(r.out.p, want);
        record_free(&r);
    }
}

/* Says whether `len` octets are a good value, and what is wrong if not. */
static bool expect(const struct cap_vector *v, size_t good, size_t len, struct nlri_fault *want)
{
    if (v->lengths == ANY || len == good)
        return true;
    if (v->lengths == WALK) {
        want->reason = len < good ? BGP_REASON_TRUNCATED : BGP_REASON_TRAILING;
        return false;
    }
    *want =
        (struct nlri_fault){BGP_REASON_LENGTH, AT, v->step ? v->step : v->head, (uint32_t)len};
    if (v->step != 0 && len < v->head) /* graceful restart's first field */
        want->need = v->head;
    return len >= v->min && v->step != 0 && len >= v->head && (len - v->head) % v->step == 0;
}

static void check_length(const struct cap_vector *v, const uint8_t *p, size_t good, size_t len)
{
    struct record r;
    struct nlri_fault fault = {0}, want = {0};
    int rc = decode(v->code, p, len, &r, &fault);
    bool ok = expect(v, good, len, &want);
    if (v->lengths == WALK && rc == 0 && len != good) {
        /* cut or stretched into another sound value: codes one octet each */
        cr_assert(v->code == BGP_CAP_MULTISESSION || v->code == BGP_CAP_MULTISESSION_OLD,
                  "code %u length %zu", v->code, len);
        record_free(&r);
        return;
    }
    cr_assert_eq(rc, ok ? 0 : -1, "code %u length %zu", v->code, len);
    if (!ok) {
        cr_assert_not_null(strstr(r.out.p, "\"value\":\""), "hex is there: %s", r.out.p);
        if (v->lengths == WHOLE)
            cr_assert(fault.reason == want.reason && fault.off == want.off &&
                          fault.need == want.need && fault.have == want.have,
                      "code %u length %zu: off %u need %u have %u", v->code, len, fault.off,
                      fault.need, fault.have);
        else if (fault.reason == BGP_REASON_LENGTH) /* ORF: not one entry */
            cr_assert(fault.off == AT && fault.need == 5 && fault.have == len);
        else
            cr_assert_eq(fault.reason, want.reason, "code %u length %zu: %s", v->code, len,
                         bgp_reason_name(fault.reason));
        cr_assert(fault.off >= AT && fault.off <= AT + len);
    }
    record_free(&r);
}

Test(caps, every_length_around_every_vector)
{
    static struct octets value;
    for (size_t i = 0; i < VECTOR_CNT; i++) {
        octets_of(&value, vectors[i].hex);
        size_t good = value.len;
        value.p[good] = 0;
        for (size_t len = 0; len <= good + 1; len++) {
            if (len == good + 1 && cap_row_of(vectors[i].code)->decode == cap_decode_orf)
                continue; /* another entry, cut: faults_are_placed_exactly has it */
            check_length(&vectors[i], value.p, good, len);
        }
    }
}

static void expect_fault(uint8_t code, const char *hex, uint8_t reason, uint32_t off,
                         uint32_t need, uint32_t have)
{
    static struct octets value;
    struct record r;
    struct nlri_fault f = {0};
    octets_of(&value, hex);
    cr_assert_eq(decode(code, value.p, value.len, &r, &f), -1, "%s", hex);
    cr_assert(f.reason == reason && f.off == AT + off && f.need == need && f.have == have,
              "%s: %s off %u need %u have %u", hex, bgp_reason_name(f.reason), f.off - AT,
              f.need, f.have);
    record_free(&r);
}

/* The exact place of what the walks find. */
Test(caps, faults_are_placed_exactly)
{
    expect_fault(3, "000100010240014002 00", BGP_REASON_TRUNCATED, 9, 2, 1);
    expect_fault(3, "0001000102400140", BGP_REASON_TRUNCATED, 8, 1, 0);
    expect_fault(3, "000100010140014003", BGP_REASON_TRUNCATED, 9, 1, 0);
    expect_fault(3, "", BGP_REASON_LENGTH, 0, 5, 0);
    expect_fault(68, "", BGP_REASON_TRUNCATED, 0, 1, 0);
    expect_fault(73, "03723200", BGP_REASON_TRUNCATED, 4, 1, 0);
    expect_fault(73, "0572320161", BGP_REASON_TRUNCATED, 1, 5, 4);
    expect_fault(73, "0172ff", BGP_REASON_TRUNCATED, 3, 255, 0);
    expect_fault(73, "0172000161", BGP_REASON_TRAILING, 3, 0, 2);
    expect_fault(73, "02c32800", BGP_REASON_VALUE, 1, 0, 2); /* not UTF-8 */
    expect_fault(75, "", BGP_REASON_TRUNCATED, 0, 1, 0);
    expect_fault(75, "05 46525231", BGP_REASON_TRUNCATED, 1, 5, 4);
    expect_fault(75, "02 4652ff", BGP_REASON_TRAILING, 3, 0, 1);
    expect_fault(75, "46ff", BGP_REASON_VALUE, 0, 0, 2);
}

Test(caps, a_software_version_without_its_length)
{
    struct record r;
    struct nlri_fault fault;
    cr_assert_eq(decode(75, (const uint8_t *)"FRR", 3, &r, &fault), 0);
    cr_assert_str_eq(r.out.p,
                     "{\"code\":75,\"name\":\"software-version\",\"version\":\"FRR\"}");
    record_free(&r);
}

Test(caps, an_unknown_code_is_legal)
{
    struct record r;
    struct nlri_fault fault;
    cr_assert_eq(decode(0, NULL, 0, &r, &fault), 0);
    cr_assert_str_eq(r.out.p, "{\"code\":0,\"value\":\"\"}");
    record_free(&r);
}
