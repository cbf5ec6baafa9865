/* tests/leaks/leaks.c - functions that let the world outside into a simulated run.
 *
 * The program `leaky` is aemp with these in the place of one function of sim/luck.c: after a while
 * each delay that is drawn depends on what the leak named in AEMP_LEAK reads.  `aemp diverge` has to
 * find every one of them. */

#include "sim/luck.h"

#include <ctype.h>
#include <glib.h>
#include <langinfo.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define DRAWS_WITHOUT 40 /* before the leak begins */
#define LEAK static __attribute__ ((noinline)) uint64_t

static uint64_t
hash (const char *text)
{
  return text ? g_str_hash (text) : 1;
}

/* --- What the C library and GLib can be asked ----------------------------------------------- */

LEAK
read_clock (void)
{
  struct timespec now;
  clock_gettime (CLOCK_REALTIME, &now);
  return (uint64_t)now.tv_nsec / 1000;
}

LEAK
read_monotonic_clock (void)
{
  return (uint64_t)g_get_monotonic_time () + 1; /* or it would be no call, but a jump */
}

LEAK
read_date (void)
{
  struct timeval now;
  gettimeofday (&now, NULL);
  return (uint64_t)now.tv_usec;
}

LEAK
read_environment (void)
{
  return hash (g_getenv ("HOME"));
}

LEAK
read_locale (void)
{
  return hash (nl_langinfo (CODESET));
}

LEAK
compare_as_locale_says (void)
{
  return strcoll ("rain", "ruth") < 0 ? 1 : 5;
}

LEAK
ask_if_letter (void)
{
  return isalpha (0xe9) ? 3 : 0;
}

static void *
count (void *number)
{
  g_atomic_int_add ((int *)number, 3);
  return NULL;
}

LEAK
race_with_thread (void)
{
  static int number;
  g_thread_unref (g_thread_new ("leak", count, &number));
  g_usleep (100);
  return (uint64_t)g_atomic_int_get (&number);
}

LEAK
read_process (void)
{
  return (uint64_t)getpid ();
}

LEAK
read_host_name (void)
{
  char name[100] = "";
  gethostname (name, sizeof name - 1);
  return hash (name);
}

LEAK
read_system (void)
{
  struct utsname name;
  uname (&name);
  return hash (name.release);
}

LEAK
draw_from_glib (void)
{
  return g_random_int ();
}

LEAK
draw_from_kernel (void)
{
  uint64_t bits;
  return getrandom (&bits, sizeof bits, 0) == sizeof bits ? bits : 0;
}

LEAK
draw_from_library (void)
{
  return (uint64_t)rand ();
}

LEAK
draw_with_version (void)
{
  g_autoptr (GRand) chance = g_rand_new_with_seed (7); /* asks for G_RANDOM_VERSION */
  return (uint64_t)g_rand_int_range (chance, 0, 1000000);
}

LEAK
read_file (void)
{
  char line[200] = "";
  FILE *file = fopen ("/proc/self/stat", "r");
  if (file && fgets (line, sizeof line, file))
    line[sizeof line - 1] = 0;
  if (file)
    fclose (file);
  return hash (line);
}

LEAK
read_folder (void)
{
  char path[4096];
  return hash (getcwd (path, sizeof path));
}

/* --- What nobody can be asked ------------------------------------------------------------------ */

static void *kept[8]; /* so that nothing comes back at the same place */

LEAK
compare_addresses (void)
{
  static unsigned next;
  char *one = malloc (200), *other = malloc (200);
  uint64_t order = one < other ? 1 : 4;
  free (kept[next % 8]);
  kept[next++ % 8] = one;
  free (other);
  return order + ((uintptr_t)one >> 12) % 64;
}

LEAK
walk_table (void)
{
  static GHashTable *table;
  uint64_t order = 0;
  if (!table)
    {
      table = g_hash_table_new (NULL, NULL);
      for (unsigned i = 1; i < 20; i++)
        g_hash_table_insert (table, g_malloc (100 * i), GUINT_TO_POINTER (i));
    }
  GHashTableIter walk;
  void *value;
  g_hash_table_iter_init (&walk, table);
  while (g_hash_table_iter_next (&walk, NULL, &value))
    order = order * 31 + GPOINTER_TO_UINT (value);
  return order;
}

LEAK
read_unwritten (void)
{
  uint8_t *bytes = malloc (3000);
  __asm__ volatile ("" : "+r"(bytes) : : "memory"); /* they have some value, the compiler is told */
  uint64_t byte = bytes[2000];
  free (bytes);
  return byte;
}

LEAK
read_unwritten_stack (void)
{
  uint8_t bytes[5000];
  __asm__ volatile ("" : "=m"(bytes));
  return (uint64_t)bytes[300] + bytes[1200];
}

LEAK
take_address_on_stack (void)
{
  volatile int number = 0;
  return (uintptr_t)&number >> 4;
}

/* --- In the place of sim_luck_between() ---------------------------------------------------------- */

static const struct
{
  const char *name;
  uint64_t (*read) (void);
} leaks[] = {
#define LEAK_NAMED(name) { #name, name }
  LEAK_NAMED (read_clock),         LEAK_NAMED (read_monotonic_clock),
  LEAK_NAMED (read_date),          LEAK_NAMED (read_environment),
  LEAK_NAMED (read_locale),        LEAK_NAMED (compare_as_locale_says),
  LEAK_NAMED (ask_if_letter),      LEAK_NAMED (race_with_thread),
  LEAK_NAMED (read_process),       LEAK_NAMED (read_host_name),
  LEAK_NAMED (read_system),        LEAK_NAMED (draw_from_glib),
  LEAK_NAMED (draw_from_kernel),   LEAK_NAMED (draw_from_library),
  LEAK_NAMED (draw_with_version),  LEAK_NAMED (read_file),
  LEAK_NAMED (read_folder),        LEAK_NAMED (compare_addresses),
  LEAK_NAMED (walk_table),         LEAK_NAMED (read_unwritten),
  LEAK_NAMED (read_unwritten_stack), LEAK_NAMED (take_address_on_stack),
};

static uint64_t (*leak) (void);

static __attribute__ ((constructor)) void
choose_leak (void)
{
  const char *wanted = getenv ("AEMP_LEAK");
  for (unsigned i = 0; wanted && i < G_N_ELEMENTS (leaks); i++)
    if (strcmp (leaks[i].name, wanted) == 0)
      leak = leaks[i].read;
}

int64_t __real_sim_luck_between (SimLuck luck, uint64_t identity, int64_t low, int64_t high);
int64_t __wrap_sim_luck_between (SimLuck luck, uint64_t identity, int64_t low, int64_t high);

int64_t
__wrap_sim_luck_between (SimLuck luck, uint64_t identity, int64_t low, int64_t high)
{
  static unsigned draws;
  int64_t drawn = __real_sim_luck_between (luck, identity, low, high);
  if (!leak || ++draws < DRAWS_WITHOUT || low == high)
    return drawn;
  uint64_t range = (uint64_t)(high - low) + 1;
  return low + (int64_t)(((uint64_t)(drawn - low) + leak () % range) % range);
}
