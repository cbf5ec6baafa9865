/* sim/parity/sysctls.h - the limits of TCP that scripts may shorten, and the kernel has as sysctls. */
#pragma once

#include "engine/error.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum
{
  PARITY_RETRIES1,
  PARITY_RETRIES2,
  PARITY_SYN_RETRIES,
  PARITY_SYN_LINEAR_TIMEOUTS,
  PARITY_SYNACK_RETRIES,
  PARITY_ORPHAN_RETRIES,
  PARITY_KEEPALIVE_TIME,
  PARITY_KEEPALIVE_INTERVAL,
  PARITY_KEEPALIVE_PROBES,
  PARITY_FIN_TIMEOUT,
  PARITY_RTO_MIN,
  PARITY_RTO_MAX,
  PARITY_REORDERING,
  PARITY_LIMITS, /* how many there are */
} ParityLimit;

typedef struct
{
  const char *name;   /* in scripts: "retries2" */
  const char *sysctl; /* a file of /proc/sys/net/ipv4 */
  int64_t unit_us;    /* of a time; 0: a number */
  int64_t usual;      /* with Linux 6.18 */
  int64_t without;    /* how a kernel behaves that does not have it; -1: all have it */
} ParityLimitKind;

extern const ParityLimitKind parity_limit_kinds[PARITY_LIMITS];

/* What the kernel says in this namespace, in microseconds where it is a time; -1: it has none. */
int64_t parity_limit_read (ParityLimit limit);
/* False: it cannot be written, and the kernel does not behave like that anyhow. */
bool parity_limit_write (ParityLimit limit, int64_t value);
