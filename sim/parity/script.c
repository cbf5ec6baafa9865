/* sim/parity/script.c - scripts as data. */
#include "sim/parity/parser.h"

#include <errno.h>
#include <string.h>

/* --- Names of errors --- */

static const struct
{
  int number;
  const char *name;
} errors[] = {
  { ECONNREFUSED, "ECONNREFUSED" },
  { ECONNRESET, "ECONNRESET" },
  { EPIPE, "EPIPE" },
  { ETIMEDOUT, "ETIMEDOUT" },
  { EHOSTUNREACH, "EHOSTUNREACH" },
  { ENETUNREACH, "ENETUNREACH" },
  { ECONNABORTED, "ECONNABORTED" },
  { EADDRINUSE, "EADDRINUSE" },
  { EADDRNOTAVAIL, "EADDRNOTAVAIL" },
  { ENOTCONN, "ENOTCONN" },
  { EINVAL, "EINVAL" },
  { EISCONN, "EISCONN" },
};

const char *
parity_errno_name (int number)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (errors); i++)
    if (errors[i].number == number)
      return errors[i].name;
  return NULL;
}

int
parity_errno_number (const char *name)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (errors); i++)
    if (strcmp (errors[i].name, name) == 0)
      return errors[i].number;
  return 0;
}

/* --- Scripts --- */

ParityScript *
parity_script_new (const char *name, const char *group, unsigned line)
{
  ParityScript *script = g_new0 (ParityScript, 1);

  script->name = g_strdup (name);
  script->group = g_strdup (group);
  script->line = line;
  script->statements = g_array_new (FALSE, TRUE, sizeof (ParityStatement));
  for (unsigned i = 0; i < PARITY_LIMITS; i++)
    script->limits[i] = -1;
  return script;
}

void
parity_script_free (ParityScript *script)
{
  for (unsigned i = 0; i < script->hosts_count; i++)
    g_free (script->hosts[i]);
  for (unsigned i = 0; i < script->sockets_count; i++)
    g_free (script->sockets[i].name);
  g_array_unref (script->statements);
  g_free (script->differs);
  g_free (script->name);
  g_free (script->group);
  g_free (script);
}

static void
free_script (void *script)
{
  parity_script_free (script);
}

GPtrArray *
parity_scripts_new (void)
{
  return g_ptr_array_new_with_free_func (free_script);
}

int64_t
parity_script_length_us (const ParityScript *script)
{
  int64_t sum_us = 0;

  for (unsigned i = 0; i < script->statements->len; i++)
    {
      const ParityStatement *statement = parity_script_statement (script, i);
      bool lasts = statement->verb == PARITY_WAIT || statement->verb == PARITY_EXPECT
                   || statement->verb == PARITY_ACCEPT;
      sum_us += lasts ? statement->times_us[0] + statement->after_us : 0;
    }
  return sum_us;
}
