/* SPDX-License-Identifier: BSD-2-Clause */
/* The meter's counters. */
#include "drive.h"

static void expect(struct drive *d, const char *sample)
{
    cr_expect_not_null(strstr(drive_metrics(d), sample), "no %s in:\n%s", sample,
                       drive_metrics(d));
}

/* An UPDATE that announces two IPv6 prefixes and withdraws one IPv4 prefix. */
static size_t mixed_update(uint8_t *dst)
{
    static const uint8_t reach[] = {
        0x80, 14, 35, 0, 2, 1, 16, 0x20, 1, 0xd, 0xb8, 0,  0,    0, 0,   0,    0, 0,
        0,    0,  0,  0, 9, 0, 32, 0x20, 1, 0xd, 0xb8, 48, 0x20, 1, 0xd, 0xb8, 0, 1};
    struct wr w = wr_of(dst, FEED_MSG);
    size_t at = feed_header(&w, BGP_TYPE_UPDATE);
    wr_u16(&w, 2), wr_u8(&w, 8), wr_u8(&w, 10);
    size_t attrs = wr_mark_u16(&w);
    wr_u32(&w, 0x40010100);
    wr_u8(&w, 0x40), wr_u8(&w, 2), wr_u8(&w, 6), wr_u8(&w, 2), wr_u8(&w, 1);
    wr_u32(&w, 64501);
    wr_bytes(&w, reach, 2);
    size_t len = wr_mark_u8(&w);
    wr_bytes(&w, reach + 3, sizeof(reach) - 3);
    wr_patch_u8(&w, len);
    wr_patch_u16(&w, attrs);
    return feed_end(&w, at);
}

Test(meter, counts_messages_and_routes)
{
    struct drive d;
    uint8_t msg[FEED_MSG];
    drive_begin(&d, &sink_meter);
    drive_open(&d);
    uint32_t id = feed_session(&d.feed, 64501, false, true, false, NS(1));
    feed_route(&d.feed, id, NS(2), 1);
    feed_route(&d.feed, id, NS(2), 2);
    feed_put(&d.feed, JOURNAL_BGP_RECV, id, NS(3), msg, mixed_update(msg));
    drive_pump(&d);
    expect(&d, "ribtape_routes_announced_total{afi=\"ipv4\",safi=\"unicast\"} 2\n");
    expect(&d, "ribtape_routes_announced_total{afi=\"ipv6\",safi=\"unicast\"} 2\n");
    expect(&d, "ribtape_routes_withdrawn_total{afi=\"ipv4\",safi=\"unicast\"} 1\n");
    expect(&d, "{protocol=\"bgp\",direction=\"received\",type=\"update\"} 3\n");
    expect(&d, "{protocol=\"bgp\",direction=\"received\",type=\"open\"} 1\n");
    expect(&d, "{protocol=\"bgp\",direction=\"sent\",type=\"open\"} 1\n");
    cr_expect_null(strstr(drive_metrics(&d), "action=\"treat-as-withdraw\""));
    drive_close(&d, true);
    drive_end(&d);
}

Test(meter, counts_diagnostics_by_reason_and_action)
{
    struct drive d;
    uint8_t msg[FEED_MSG];
    drive_begin(&d, &sink_meter);
    drive_open(&d);
    uint32_t id = feed_session(&d.feed, 64501, false, true, false, NS(1));
    size_t len = feed_update(msg, 1, true, false);
    msg[26] = 7; /* ORIGIN: an undefined value (RFC 7606 section 7.1) */
    feed_put(&d.feed, JOURNAL_BGP_RECV, id, NS(2), msg, len);
    drive_pump(&d);
    expect(&d, "ribtape_diags_total{reason=\"value\",action=\"treat-as-withdraw\"} 1\n");
    drive_close(&d, true);
    drive_end(&d);
}
