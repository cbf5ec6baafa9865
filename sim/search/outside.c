/* sim/search/outside.c - who in a simulated run asks the world outside? */

#include "sim/search/outside.h"

#include "engine/digest.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <unistd.h>

#define SHIM "libaemp-outside.so"
#define FRAMES 3
#define FOLDERS_UP 3
#define NEVER UINT64_C (1000000000000) /* a line that no trace has */
#define VARIABLES_BYTES 120 /* together, so that the stack lies where it lay */

/* One thing that is different from the run that all are compared with. */
typedef struct
{
  uintptr_t flip; /* what this place is answered; 0: none */
  bool flip_all;
  uint64_t fill;  /* memory that nobody has written, from this allocation on; 0: no */
  uint64_t move;  /* where memory lies, the same */
  uint64_t stack; /* what is left on the stack, from this line on */
  uint64_t allocation; /* nothing, but where the program makes this one is to be told */
  bool shift;     /* where the stack lies */
} Change;

/* A place that asks. */
typedef struct
{
  char *asked;
  uintptr_t place;
  uint64_t line;
} Site;

typedef struct
{
  const char *const *command;
  char *shim;
  char *log; /* the file that the shim writes */
  char digest[AEMP_DIGEST_TEXT_BYTES]; /* of the run that all are compared with */
  GArray *sites;   /* of Site: of that run */
  uint64_t allocations;
  uint64_t lines;
  uintptr_t frames[FRAMES]; /* of the allocation that was asked for */
  int64_t until_us;
  GPtrArray *leaks;
} Search;

void
sim_leak_free (void *memory)
{
  SimLeak *leak = memory;
  g_free (leak->what);
  g_free (leak->function);
  g_free (leak->place);
  g_free (leak);
}

/* Beside the program, or above it, as in a build. */
static char *
find_shim (void)
{
  g_autofree char *folder = g_file_read_link ("/proc/self/exe", NULL);
  for (unsigned i = 0; folder && i < FOLDERS_UP; i++)
    {
      char *above = g_path_get_dirname (folder);
      g_free (folder);
      folder = above;
      g_autofree char *shim = g_build_filename (folder, SHIM, NULL);
      if (g_file_test (shim, G_FILE_TEST_EXISTS))
        return g_steal_pointer (&shim);
    }
  return NULL;
}

bool
sim_outside_is_there (void)
{
  g_autofree char *shim = find_shim ();
  return shim != NULL;
}

/* --- One run ----------------------------------------------------------------------------------- */

static char **
set_number (char **environment, const char *name, uint64_t number, unsigned *bytes)
{
  g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, number);
  *bytes += strlen (name) + strlen (text) + 2;
  return g_environ_setenv (environment, name, text, TRUE);
}

static char **
environment_of (const Search *search, const Change *change)
{
  char **environment = g_get_environ ();
  unsigned bytes = 0;
  g_autofree char *flip = g_strdup_printf ("%#lx", (unsigned long)change->flip);
  const char *flipped = change->flip_all ? "all" : flip;
  bytes += strlen (flipped);
  environment = g_environ_setenv (environment, "LD_PRELOAD", search->shim, TRUE);
  environment = g_environ_setenv (environment, "G_SLICE", "always-malloc", TRUE);
  environment = g_environ_setenv (environment, "AEMP_OUTSIDE_LOG", search->log, TRUE);
  environment = g_environ_setenv (environment, "AEMP_OUTSIDE_FLIP", flipped, TRUE);
  environment = set_number (environment, "AEMP_OUTSIDE_FILL", change->fill, &bytes);
  environment = set_number (environment, "AEMP_OUTSIDE_MOVE", change->move, &bytes);
  environment = set_number (environment, "AEMP_OUTSIDE_STACK",
                            change->stack ? change->stack : NEVER, &bytes);
  environment = set_number (environment, "AEMP_OUTSIDE_ALLOCATION", change->allocation, &bytes);
  g_assert (bytes < 3 * VARIABLES_BYTES);
  g_autofree char *rest = g_strnfill (3 * VARIABLES_BYTES - bytes + (change->shift ? 4096 : 0), '-');
  return g_environ_setenv (environment, "AEMP_OUTSIDE_REST", rest, TRUE);
}

/* Addresses are the same in each run. */
static void
lay_out_alike (void *user_data)
{
  personality (ADDR_NO_RANDOMIZE);
}

static void
take_sites_line (Search *search, const char *line)
{
  unsigned long place, first;
  int asked = 0;
  if (sscanf (line, "site %lx %lu %n", &place, &first, &asked) != 2 || asked == 0)
    return;
  Site site = { g_strdup (line + asked), place, first };
  g_array_append_val (search->sites, site);
}

static void
take_log_line (Search *search, const char *line, bool first_run)
{
  unsigned long number, frames[FRAMES] = { 0 };
  if (first_run)
    take_sites_line (search, line);
  if (first_run && sscanf (line, "allocations %lu", &number) == 1)
    search->allocations = number;
  if (first_run && sscanf (line, "lines %lu", &number) == 1)
    search->lines = number;
  if (sscanf (line, "allocation %lx %lx %lx", &frames[0], &frames[1], &frames[2]) > 0)
    for (unsigned i = 0; i < FRAMES; i++)
      search->frames[i] = frames[i];
}

static void
read_log (Search *search, bool first_run)
{
  g_autofree char *text = NULL;
  if (!g_file_get_contents (search->log, &text, NULL, NULL))
    return;
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (unsigned i = 0; lines[i]; i++)
    take_log_line (search, lines[i], first_run);
}

/* The digest that it prints; "": it has come to no end. */
static void
play (Search *search, const Change *change, char digest[AEMP_DIGEST_TEXT_BYTES])
{
  g_auto (GStrv) environment = environment_of (search, change);
  g_autofree char *out = NULL;
  g_autoptr (GError) error = NULL;
  digest[0] = 0;
  if (!g_spawn_sync (NULL, (char **)search->command, environment,
                     G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, lay_out_alike, NULL, &out,
                     NULL, NULL, &error))
    return;
  const char *found = strstr (out, "\ndigest ");
  if (found)
    g_strlcpy (digest, found + strlen ("\ndigest "), AEMP_DIGEST_TEXT_BYTES);
}

static bool
is_late (const Search *search)
{
  return g_get_monotonic_time () > search->until_us;
}

/* Does the change make another run of it? */
static bool
matters (Search *search, const Change *change)
{
  char digest[AEMP_DIGEST_TEXT_BYTES];
  play (search, change, digest);
  return strcmp (digest, search->digest) != 0;
}

/* --- Names ------------------------------------------------------------------------------------ */

/* "function" and "file.c:12" for an address in the program; NULL where they are not known. */
static void
name_place (const Search *search, uintptr_t address, char **function, char **place)
{
  g_autofree char *text = g_strdup_printf ("%#lx", (unsigned long)address);
  g_autofree char *program = g_find_program_in_path (search->command[0]);
  const char *arguments[] = { "addr2line", "-f", "-i", "-s", "-e", program, text, NULL };
  g_autofree char *out = NULL;
  *function = *place = NULL;
  if (!program
      || !g_spawn_sync (NULL, (char **)arguments, NULL,
                        G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &out, NULL,
                        NULL, NULL))
    return;
  g_auto (GStrv) lines = g_strsplit (out, "\n", -1);
  if (!lines[0] || !lines[1] || *lines[0] == '?')
    return;
  *function = g_strdup (lines[0]);
  char *end = strstr (lines[1], " (");
  if (end)
    *end = 0;
  if (*lines[1] != '?')
    *place = g_strdup (lines[1]);
}

static void
add_leak (Search *search, uintptr_t address, uint64_t line, char *what)
{
  SimLeak *leak = g_new0 (SimLeak, 1);
  *leak = (SimLeak){ .what = what, .line = line };
  if (address)
    name_place (search, address, &leak->function, &leak->place);
  g_ptr_array_add (search->leaks, leak);
}

/* --- What makes a difference? -------------------------------------------------------------------- */

static bool
is_walk (const Site *site)
{
  return g_str_has_prefix (site->asked, "g_hash_table_");
}

/* What a file says, or which thread is faster, we cannot make the same in each run. */
static bool
is_untamed (const Site *site)
{
  static const char *const asked[] = { "open", "fopen", "opendir", "pthread_create", NULL };
  return g_strv_contains (asked, site->asked);
}

/* Runs differ although we have changed nothing: it is one of those whose answers we cannot hold. */
static void
try_untamed (Search *search)
{
  if (!matters (search, &(Change){ 0 }))
    return;
  for (unsigned i = 0; i < search->sites->len; i++)
    {
      const Site *site = &g_array_index (search->sites, Site, i);
      if (is_untamed (site))
        add_leak (search, site->place, site->line, g_strdup_printf ("asks %s", site->asked));
    }
  if (search->leaks->len == 0)
    add_leak (search, 0, 0, g_strdup ("something that we do not know differs in each run"));
}

static void
try_sites (Search *search)
{
  if (search->sites->len == 0 || !matters (search, &(Change){ .flip_all = true }))
    return;
  for (unsigned i = 0; i < search->sites->len && !is_late (search); i++)
    {
      const Site *site = &g_array_index (search->sites, Site, i);
      if (!is_walk (site) && matters (search, &(Change){ .flip = site->place }))
        add_leak (search, site->place, site->line, g_strdup_printf ("asks %s", site->asked));
    }
}

/* The last from which on a change makes a difference, of 1 … `most`; 0: it makes none. */
static uint64_t
find_last (Search *search, uint64_t most, size_t offset)
{
  Change change = { 0 };
  uint64_t *from = (uint64_t *)(void *)((char *)&change + offset);
  uint64_t low = 1, high = most + 1;
  *from = 1;
  if (most == 0 || !matters (search, &change))
    return 0;
  while (high - low > 1 && !is_late (search))
    {
      *from = low + (high - low) / 2;
      *(matters (search, &change) ? &low : &high) = *from;
    }
  return low;
}

static void
name_allocation (Search *search, uint64_t number, const char *what)
{
  char digest[AEMP_DIGEST_TEXT_BYTES];
  memset (search->frames, 0, sizeof search->frames);
  play (search, &(Change){ .allocation = number }, digest);
  read_log (search, false);
  add_leak (search, search->frames[0], 0, g_strdup (what));
}

static void
try_addresses (Search *search)
{
  uint64_t number = find_last (search, search->allocations, G_STRUCT_OFFSET (Change, move));
  if (number == 0)
    return;
  for (unsigned i = 0; i < search->sites->len; i++)
    {
      const Site *site = &g_array_index (search->sites, Site, i);
      if (is_walk (site))
        add_leak (search, site->place, site->line,
                  g_strdup_printf ("walks a hash table in the order of addresses (%s)",
                                   site->asked));
    }
  name_allocation (search, number, "allocates memory whose address makes a difference");
}

static void
try_contents (Search *search)
{
  uint64_t number = find_last (search, search->allocations, G_STRUCT_OFFSET (Change, fill));
  if (number > 0)
    name_allocation (search, number, "allocates memory that is read before it is written");
}

/* What valgrind says of the function in whose frame the bytes lie; NULL: it is not installed, or says
 * nothing. */
static char *
ask_valgrind (const Search *search, char **place)
{
  g_autoptr (GPtrArray) arguments = g_ptr_array_new ();
  g_autofree char *err = NULL;
  char function[200], where[200];
  g_ptr_array_add (arguments, (char *)"valgrind");
  g_ptr_array_add (arguments, (char *)"-q");
  g_ptr_array_add (arguments, (char *)"--track-origins=yes");
  for (unsigned i = 0; search->command[i]; i++)
    g_ptr_array_add (arguments, (char *)search->command[i]);
  g_ptr_array_add (arguments, NULL);
  if (!g_spawn_sync (NULL, (char **)arguments->pdata, NULL,
                     G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, &err, NULL,
                     NULL))
    return NULL;
  const char *made = strstr (err, "created by a stack allocation");
  const char *at = made ? strstr (made, " at 0x") : NULL;
  if (!at || sscanf (at, " at 0x%*x: %199s (%199[^)])", function, where) != 2)
    return NULL;
  *place = g_strdup (where);
  return g_strdup (function);
}

static void
try_stack (Search *search)
{
  uint64_t line = find_last (search, search->lines, G_STRUCT_OFFSET (Change, stack));
  if (line == 0)
    return;
  add_leak (search, 0, 0, g_strdup ("reads what nobody has written on the stack"));
  SimLeak *leak = search->leaks->pdata[search->leaks->len - 1];
  leak->function = ask_valgrind (search, &leak->place);
}

static void
try_stack_address (Search *search)
{
  if (matters (search, &(Change){ .shift = true }))
    add_leak (search, 0, 0, g_strdup ("the address of something on the stack makes a difference"));
}

GPtrArray *
sim_outside_find (const char *const *command, int64_t limit_us)
{
  static void (*const tries[]) (Search *search)
      = { try_untamed, try_sites, try_stack, try_addresses, try_contents, try_stack_address };
  Search search = { .command = command,
                    .shim = find_shim (),
                    .until_us = g_get_monotonic_time () + limit_us,
                    .leaks = g_ptr_array_new_with_free_func (sim_leak_free) };
  int file = g_file_open_tmp ("aemp-outside-XXXXXX", &search.log, NULL);
  search.sites = g_array_new (FALSE, FALSE, sizeof (Site));
  if (file >= 0 && search.shim)
    {
      close (file);
      play (&search, &(Change){ 0 }, search.digest);
      read_log (&search, true);
      for (unsigned i = 0; i < G_N_ELEMENTS (tries) && search.leaks->len == 0; i++)
        if (*search.digest && !is_late (&search))
          tries[i](&search);
      g_unlink (search.log);
    }
  for (unsigned i = 0; i < search.sites->len; i++)
    g_free (g_array_index (search.sites, Site, i).asked);
  g_array_unref (search.sites);
  g_free (search.log);
  g_free (search.shim);
  return search.leaks;
}
