/* sim/parity/sysctls.c - limits of TCP, as sysctls. */
#include "sim/parity/sysctls.h"

#include <errno.h>
#include <stdio.h>

#define SECOND_US 1000000

#define MINUTE_US ((int64_t)60 * SECOND_US)

const ParityLimitKind parity_limit_kinds[PARITY_LIMITS] = {
  [PARITY_RETRIES1] = { "retries1", "tcp_retries1", 0, 3, -1 },
  [PARITY_RETRIES2] = { "retries2", "tcp_retries2", 0, 15, -1 },
  [PARITY_SYN_RETRIES] = { "syn-retries", "tcp_syn_retries", 0, 6, -1 },
  [PARITY_SYN_LINEAR_TIMEOUTS] = { "syn-linear-timeouts", "tcp_syn_linear_timeouts", 0, 4, 0 },
  [PARITY_SYNACK_RETRIES] = { "synack-retries", "tcp_synack_retries", 0, 5, -1 },
  [PARITY_ORPHAN_RETRIES] = { "orphan-retries", "tcp_orphan_retries", 0, 0, -1 },
  [PARITY_KEEPALIVE_TIME]
  = { "keepalive-time", "tcp_keepalive_time", SECOND_US, 120 * MINUTE_US, -1 },
  [PARITY_KEEPALIVE_INTERVAL]
  = { "keepalive-interval", "tcp_keepalive_intvl", SECOND_US, 75 * SECOND_US, -1 },
  [PARITY_KEEPALIVE_PROBES] = { "keepalive-probes", "tcp_keepalive_probes", 0, 9, -1 },
  [PARITY_FIN_TIMEOUT] = { "fin-timeout", "tcp_fin_timeout", SECOND_US, MINUTE_US, -1 },
  [PARITY_RTO_MIN] = { "rto-min", "tcp_rto_min_us", 1, SECOND_US / 5, SECOND_US / 5 },
  [PARITY_RTO_MAX] = { "rto-max", "tcp_rto_max_ms", 1000, 2 * MINUTE_US, 2 * MINUTE_US },
  [PARITY_REORDERING] = { "reordering", "tcp_reordering", 0, 3, -1 },
};

static FILE *
open_sysctl (ParityLimit limit, const char *mode)
{
  g_autofree char *path
      = g_strconcat ("/proc/sys/net/ipv4/", parity_limit_kinds[limit].sysctl, NULL);
  return fopen (path, mode);
}

int64_t
parity_limit_read (ParityLimit limit)
{
  FILE *file = open_sysctl (limit, "re");
  long long value = -1;

  if (!file)
    return parity_limit_kinds[limit].without;
  if (fscanf (file, "%lld", &value) != 1)
    value = -1;
  fclose (file);
  return value < 0 ? -1 : value * MAX (parity_limit_kinds[limit].unit_us, 1);
}

bool
parity_limit_write (ParityLimit limit, int64_t value)
{
  FILE *file = open_sysctl (limit, "we");

  if (!file)
    return errno == ENOENT && parity_limit_kinds[limit].without == value;
  bool written
      = fprintf (file, "%lld\n", (long long)(value / MAX (parity_limit_kinds[limit].unit_us, 1)))
        > 0;
  return fclose (file) == 0 && written;
}
