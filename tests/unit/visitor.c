/* tests/unit/visitor.c - a stranger that got in. */

#include "visitor.h"

#include "sim/network.h"

#include <string.h>

#define SOON (SECOND / 2)

static Visitor *
visitor_begin (Town *town, const char *id)
{
  Visitor *visitor = g_new0 (Visitor, 1);
  visitor->town = town;
  SimHost *host = sim_network_host_by_name (town->world, id); /* it has been here before? */
  visitor->process = sim_process_new (host ? host : sim_host_new (town->world, id));
  return visitor;
}

/* What came before the packets: the greeting and the auth line. */
static void
skip_handshake (Visitor *visitor)
{
  const char *heard = visitor->stranger->heard->str;
  g_assert_true (stranger_was_answered (visitor->stranger));
  const char *end = strchr (strstr (heard, "\nhmac_sha3_512;") + 1, '\n');
  visitor->read = end + 1 - heard;
}

static Visitor *
come (Town *town, const char *node, const char *host, const char *id, const char *keys,
      int64_t patience_us)
{
  Visitor *visitor = visitor_begin (town, host);
  g_autofree char *address
      = g_strconcat (sim_host_address (town_host (town, node)), ":4040", NULL);
  g_autofree char *nonce = g_strconcat ("nonce-of-", host, NULL);
  visitor->stranger = stranger_dial (sim_process_env (visitor->process), address);
  town_run (town, SOON);
  stranger_greet (visitor->stranger, id, nonce, keys);
  town_run (town, SOON);
  stranger_prove (visitor->stranger, "tea", "");
  town_run (town, patience_us);
  skip_handshake (visitor);
  return visitor;
}

Visitor *
visitor_new (Town *town, const char *node, const char *id, const char *keys)
{
  return come (town, node, id, id, keys, SOON);
}

Visitor *
visitor_again (Town *town, const char *node, const char *host, const char *id)
{
  return come (town, node, host, id, "", 5 * SECOND);
}

Visitor *
visitor_wait (Town *town, const char *id)
{
  Visitor *visitor = visitor_begin (town, id);
  visitor->stranger = stranger_listen (sim_process_env (visitor->process), &visitor->listener);
  return visitor;
}

void
visitor_welcome (Visitor *visitor, const char *id, const char *keys)
{
  g_autofree char *nonce = g_strconcat ("nonce-of-", id, NULL);
  stranger_greet (visitor->stranger, id, nonce, keys);
  town_run (visitor->town, SOON);
  stranger_prove (visitor->stranger, "tea", "");
  town_run (visitor->town, SOON);
  skip_handshake (visitor);
}

void
visitor_free (Visitor *visitor)
{
  stranger_free (visitor->stranger);
  aemp_listener_free (visitor->listener);
  sim_process_kill (visitor->process);
  sim_process_free (visitor->process);
  g_free (visitor);
}

void
visitor_say (Visitor *visitor, const char *packets)
{
  g_autofree char *text = g_strdelimit (g_strdup (packets), "'", '"');
  for (char *at = text; *at; at++)
    if (*at == '`')
      *at = '\'';
  stranger_say (visitor->stranger, text);
  town_run (visitor->town, SOON);
}

char *
visitor_take (Visitor *visitor)
{
  const GString *heard = visitor->stranger->heard;
  GString *text = g_string_new (heard->str + visitor->read);
  visitor->read = heard->len;
  g_string_replace (text, "'", "`", 0);
  g_string_replace (text, "\"", "'", 0);
  g_string_replace (text, "][''", "] [''", 0);
  return g_string_free (text, FALSE);
}
