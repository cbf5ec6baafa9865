/* engine/config.h - the settings of one node, as data.
 *
 * Strings are owned by the configuration; lists are NULL-terminated.  Where a setting
 * comes from (arguments, profile, scenario) is not known here.
 *
 * One default differs from Perl's on purpose: `auth_accept` is without `cleartext`.  A
 * peer that sends the secret in the clear gets in only where somebody configured that. */
#pragma once

#include "error.h"

#include <stdbool.h>
#include <stdint.h>

#define AEMP_NODE_ID_MAX_BYTES 255 /* of our own; a peer's has to fit into its line */
#define AEMP_QUEUE_LIMIT_DEFAULT_BYTES (80 * 1024 * 1024) /* the longest message and some more */
#define AEMP_CONFIG_TIME_MAX_US (INT64_C (24) * 3600 * 1000 * 1000)

typedef struct
{
  char *node_id;      /* never empty when a node starts */
  char **binds;       /* host:port, `*` allowed; empty: a node without listeners */
  char **seeds;       /* host:port */
  char *secret;       /* NULL: none */
  char *cert;         /* PEM text, see aemp_tls_identity_new(); NULL: none, and no TLS */
  bool global;        /* be a global node from the start */
  int64_t monitor_timeout_us;  /* limit of handshakes and connecting, retry ceiling */
  int64_t connect_interval_us;
  char **framing_format;
  char **auth_offer;
  char **auth_accept;
  bool secure;        /* no request from the network runs a function… */
  char **secure_allow; /* …but these; NULL: none */
  uint64_t queue_limit_bytes;   /* of what waits for one peer; then it is dropped */
  uint64_t message_limit_bytes; /* AEMP_MESSAGE_MAX_BYTES at most */
  uint32_t depth_limit;         /* AEMP_DEPTH_MAX at most */
} AempConfig;

/* The built-in defaults, without a node ID. */
AempConfig *aemp_config_new (void);
AempConfig *aemp_config_copy (const AempConfig *config);
void aemp_config_free (AempConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AempConfig, aemp_config_free)

/* Sets one key of the table below ("monitor_timeout", "binds": lists with commas
 * between; times in seconds, "2.5", or with a unit, "500ms").  False with
 * AEMP_ERROR_CONFIG that says what was expected; nothing is changed then. */
bool aemp_config_set (AempConfig *config, const char *key, const char *value, GError **error);
/* The value of a key of that table, as set() takes it: a configuration that is given all of
 * them is the same.  g_free() it. */
char *aemp_config_get (const AempConfig *config, const char *key);
/* All keys that set() knows, NULL-terminated, with a line of help each. */
typedef struct
{
  const char *key;
  const char *help;
} AempConfigKey;
extern const AempConfigKey aemp_config_keys[];

/* Is everything there, and does it fit together?  A node ID, a secret or a certificate, and on
 * both lists a method that goes with what of these there is.  The certificate is not read. */
bool aemp_config_check (const AempConfig *config, GError **error);
