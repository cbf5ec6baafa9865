/* sim/tcp-limits.c - the numbers of Linux. */

#include "tcp-limits.h"

#define MS INT64_C (1000)
#define SECONDS INT64_C (1000000)

const SimTcpLimits sim_tcp_limits_of_linux = {
  .rto_first_us = SECONDS,
  .rto_min_us = 200 * MS,
  .rto_max_us = 120 * SECONDS,
  .syn_retries = 6,
  .syn_ack_retries = 5,
  .data_retries = 15,
  .orphan_retries = 8,
  .ack_delay_min_us = 40 * MS,
  .ack_delay_max_us = 200 * MS,
  .quick_acks = 16,
  .keepalive_time_us = 7200 * SECONDS,
  .keepalive_interval_us = 75 * SECONDS,
  .keepalive_probes = 9,
  .fin_timeout_us = 60 * SECONDS,
  .time_wait_us = 60 * SECONDS,
  .segment_bytes = 1448,
  .buffer_bytes = 64 * 1024,
  .backlog = 128,
  .short_reads_ppm = 50000,
};
