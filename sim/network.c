/* sim/network.c - hosts, ways, addresses. */

#include "engine/planted.h"
#include "network.h"
#include "process.h"
#include "tcp.h"

#include <string.h>

#define PORT_FIRST 32768 /* the range of Linux */
#define PORT_LAST 60999

/* Inside one host: no network, no rate, no loss. */
static const SimPath loopback = { .delay_min_us = 20, .delay_max_us = 50 };

/* --- Hosts --- */

SimHost *
sim_host_new (SimWorld *world, const char *name)
{
  SimHost *host = g_new0 (SimHost, 1);

  host->world = world;
  host->ordinal = world->hosts->len;
  g_assert (host->ordinal < 1 << 24);
  g_assert (!g_hash_table_contains (world->hosts_by_name, name));
  host->name = g_strdup (name);
  host->address = g_strdup_printf ("10.%u.%u.%u", host->ordinal >> 16, host->ordinal >> 8 & 255,
                                   host->ordinal & 255);
  host->interfaces[0] = host->address;
  host->luck = sim_luck_below (sim_book_luck (world->book, world->seed, "host"), name);
  host->key = sim_luck_below (host->luck, "order").key;
  if (host->key == SIM_WORLD_KEY)
    host->key = 1;
  host->up = host->ordinal > 0;
  host->next_port = PORT_FIRST;
  host->processes = g_ptr_array_new ();
  host->listeners = g_ptr_array_new ();
  host->pairs = g_ptr_array_new ();
  g_ptr_array_add (world->hosts, host);
  if (host->ordinal > 0)
    g_hash_table_insert (world->hosts_by_name, host->name, host);
  return host;
}

static void
host_free (SimHost *host)
{
  g_ptr_array_unref (host->pairs);
  g_ptr_array_unref (host->listeners);
  g_ptr_array_unref (host->processes);
  g_free (host->address);
  g_free (host->name);
  g_free (host);
}

void
sim_network_free (SimWorld *world)
{
  for (unsigned i = 0; i < world->pairs->len; i++)
    {
      SimPair *pair = g_ptr_array_index (world->pairs, i);

      sim_tcp_free_all (pair);
      g_free (pair->ways[0].usual);
      g_free (pair->ways[1].usual);
      g_free (pair);
    }
  for (unsigned i = 0; i < world->hosts->len; i++)
    host_free (g_ptr_array_index (world->hosts, i));
  sim_spare_chunks_free (world);
  g_ptr_array_unref (world->pairs);
  g_ptr_array_unref (world->hosts);
  g_hash_table_unref (world->hosts_by_name);
}

const char *
sim_host_name (SimHost *host)
{
  return host->name;
}

const char *
sim_host_address (SimHost *host)
{
  return host->address;
}

SimHost *
sim_network_host_by_name (SimWorld *world, const char *name)
{
  return g_hash_table_lookup (world->hosts_by_name, name);
}

SimHost *
sim_network_host_by_ordinal (SimWorld *world, unsigned ordinal)
{
  return g_ptr_array_index (world->hosts, ordinal < world->hosts->len ? ordinal : 0);
}

uint16_t
sim_host_take_port (SimHost *host)
{
  for (unsigned tries = 0; tries <= PORT_LAST - PORT_FIRST; tries++)
    {
      uint16_t port = host->next_port;

      host->next_port = port == PORT_LAST ? PORT_FIRST : port + 1;
      if (!sim_door_uses (host, port))
        return port;
    }
  g_assert_not_reached (); /* no host listens 28,000 times */
}

/* --- Ways --- */

static SimPair *
pair_new (SimHost *one, SimHost *other)
{
  SimPair *pair = g_new0 (SimPair, 1);
  SimHost *hosts[2] = { one, other };

  g_ptr_array_add (one->world->pairs, pair);
  for (unsigned i = 0; i < 2; i++)
    {
      SimWay *way = &pair->ways[i];
      g_autofree char *label = NULL;

      way->from = hosts[i];
      way->to = hosts[1 - i];
      way->pair = pair;
      label = g_strconcat ("link/", way->from->name, "-", way->to->name, NULL);
      way->luck = sim_book_luck (one->world->book, one->world->seed, label);
      way->path = one == other ? loopback : one->world->path;
      way->has_path = one == other;
      sim_way_look (way);
    }
  return pair;
}

/* Where the pair with the host `other` is, or has to be put. */
static unsigned
find_pair (SimHost *host, SimHost *other, bool *found)
{
  unsigned low = 0, high = host->pairs->len;

  *found = false;
  while (low < high)
    {
      unsigned middle = (low + high) / 2;
      SimPair *pair = g_ptr_array_index (host->pairs, middle);
      SimHost *there = pair->ways[0].from == host ? pair->ways[0].to : pair->ways[0].from;

      if (there == other)
        {
          *found = true;
          return middle;
        }
      if (there->ordinal < other->ordinal)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

SimWay *
sim_network_way (SimHost *from, SimHost *to)
{
  SimHost *lower = from->ordinal <= to->ordinal ? from : to;
  SimHost *higher = lower == from ? to : from;
  bool found;
  unsigned place = find_pair (from, to, &found);
  SimPair *pair;

  if (!found)
    {
      pair = pair_new (lower, higher);
      g_ptr_array_insert (from->pairs, (int)place, pair);
      if (from != to)
        g_ptr_array_insert (to->pairs, (int)find_pair (to, from, &found), pair);
    }
  pair = g_ptr_array_index (from->pairs, place);
  return &pair->ways[from == lower ? 0 : 1];
}

uint64_t
sim_way_buffer_bytes (const SimWay *way)
{
  uint64_t bytes = sim_way_path (way)->buffer_bytes;

  return bytes > 0 ? bytes : way->from->world->limits.buffer_bytes;
}

static void
check_path (const SimPath *path)
{
  g_assert (path->delay_min_us >= 0 && path->delay_spread_us >= 0);
  g_assert (path->distribution != SIM_DELAY_UNIFORM || path->delay_min_us <= path->delay_max_us);
  g_assert (path->loss_ppm <= 1000000 && path->duplicate_ppm <= 1000000
            && path->corrupt_ppm <= 1000000);
}

/* What has happened until now happened on the old one. */
static void
set_path (SimWay *way, const SimPath *path)
{
  sim_tcp_settle_all (way->pair);
  way->path = *path;
  sim_way_look (way);
  sim_tcp_settle_all (way->pair);
}

void
sim_world_set_path (SimWorld *world, const SimPath *path)
{
  check_path (path);
  world->path = *path;
  for (unsigned i = 0; i < world->pairs->len; i++)
    {
      SimPair *pair = g_ptr_array_index (world->pairs, i);

      for (unsigned j = 0; j < 2; j++)
        if (!pair->ways[j].has_path)
          set_path (&pair->ways[j], path);
    }
}

void
sim_path_set (SimHost *from, SimHost *to, const SimPath *path)
{
  SimWay *way = sim_network_way (from, to);

  check_path (path);
  set_path (way, path);
  way->has_path = true;
}

SimPath
sim_path_get (SimHost *from, SimHost *to)
{
  return *sim_way_path (sim_network_way (from, to));
}

void
sim_path_change (SimHost *from, SimHost *to, const SimPath *path)
{
  SimWay *way = sim_network_way (from, to);

  check_path (path);
  if (!way->usual)
    way->usual = g_memdup2 (&way->path, sizeof way->path);
  set_path (way, path);
}

void
sim_path_restore (SimHost *from, SimHost *to)
{
  SimWay *way = sim_network_way (from, to);

  if (!way->usual)
    return;
  set_path (way, way->usual);
  g_clear_pointer (&way->usual, g_free);
}

static void
cut (SimHost *from, SimHost *to, bool refuses, bool unreachable)
{
  SimWay *way = sim_network_way (from, to);
  bool was_cut = way->cut;

  g_assert (from != to);
  sim_tcp_settle_all (way->pair);
  way->refuses = refuses;
  way->unreachable = unreachable;
  way->cut = true;
  sim_way_look (way);
  if (!was_cut)
    sim_tcp_lose_all (way);
}

void
sim_path_cut (SimHost *from, SimHost *to)
{
  cut (from, to, false, false);
}

void
sim_path_refuse (SimHost *from, SimHost *to)
{
  cut (from, to, !AEMP_PLANTED (net_refusal_is_silent), false);
}

void
sim_path_unreachable (SimHost *from, SimHost *to)
{
  cut (from, to, false, !AEMP_PLANTED (net_unreachable_not_told));
}

void
sim_path_lose (SimHost *from, SimHost *to, bool acks, uint64_t which)
{
  SimWay *way = sim_network_way (from, to);

  sim_tcp_settle_all (way->pair);
  way->counts = true;
  way->lose[acks] = which;
  sim_way_look (way);
  sim_tcp_settle_all (way->pair);
}

void
sim_path_heal (SimHost *from, SimHost *to)
{
  SimWay *way = sim_network_way (from, to);

  sim_tcp_settle_all (way->pair);
  way->cut = false; /* retransmissions find out */
  sim_way_look (way);
  sim_tcp_settle_all (way->pair);
}

void
sim_path_reset (SimHost *one, SimHost *other)
{
  sim_tcp_reset_all (sim_network_way (one, other)->pair);
}

void
sim_path_stall (SimHost *from, SimHost *to, int64_t until_us)
{
  SimWay *way = sim_network_way (from, to);

  way->stalled_until_us = until_us;
  sim_tcp_tell_all (way);
}

void
sim_path_half_close (SimHost *from, SimHost *to)
{
  sim_tcp_end_all (sim_network_way (from, to));
}

/* --- Addresses --- */

char *
sim_address_split (const char *text, uint16_t *port)
{
  const char *colon = strrchr (text, ':');
  guint64 number;

  if (!colon || colon == text)
    return NULL;
  if (!g_ascii_string_to_unsigned (colon + 1, 10, 0, 65535, &number, NULL))
    return NULL;
  *port = (uint16_t)number;
  return g_strndup (text, (gsize)(colon - text));
}

static bool
parse_ipv4 (const char *text, uint32_t *number)
{
  g_auto (GStrv) parts = g_strsplit (text, ".", 5);

  if (g_strv_length (parts) != 4)
    return false;
  *number = 0;
  for (unsigned i = 0; i < 4; i++)
    {
      guint64 part;

      if (!g_ascii_string_to_unsigned (parts[i], 10, 0, 255, &part, NULL))
        return false;
      *number = *number << 8 | (uint32_t)part;
    }
  return true;
}

static bool
classify_ipv4 (SimWorld *world, uint32_t number, SimAddress *address)
{
  address->kind = SIM_ADDRESS_HOST;
  address->host = sim_network_host_by_ordinal (world, 0);
  if (number == 0)
    address->kind = SIM_ADDRESS_ANY;
  else if (number >> 24 == 127)
    address->kind = SIM_ADDRESS_LOOPBACK;
  else if (number >> 24 == 10)
    address->host = sim_network_host_by_ordinal (world, number & 0xffffff);
  return true;
}

/* The simulated network is IPv4; of IPv6 it knows what is inside a host. */
static bool
classify_ipv6 (SimWorld *world, SimAddress *address)
{
  size_t length = strlen (address->text);

  if (length < 4 || address->text[length - 1] != ']')
    return false;
  if (strspn (address->text + 1, "0123456789abcdefABCDEF:.") != length - 2)
    return false;
  address->kind = SIM_ADDRESS_HOST;
  address->host = sim_network_host_by_ordinal (world, 0);
  if (strcmp (address->text, "[::]") == 0)
    address->kind = SIM_ADDRESS_ANY;
  else if (strcmp (address->text, "[::1]") == 0)
    address->kind = SIM_ADDRESS_LOOPBACK;
  return true;
}

bool
sim_address_parse (SimWorld *world, const char *text, SimAddress *address)
{
  g_autofree char *host = sim_address_split (text, &address->port);
  uint32_t number;

  if (!host)
    return false;
  if (g_strlcpy (address->text, strcmp (host, "*") == 0 ? "0.0.0.0" : host, sizeof address->text)
      >= sizeof address->text)
    return false;
  if (address->text[0] == '[')
    return classify_ipv6 (world, address);
  return parse_ipv4 (address->text, &number) && classify_ipv4 (world, number, address);
}
