/* sim/search/outside-shim.c - a library put in front of the C library and GLib, that watches what a
 * simulated run asks of the world outside.
 *
 * `aemp diverge` starts the program with it (LD_PRELOAD).  Between begin and end of a run each
 * question is noted with the place in the program that asked, and answered either always in
 * the same way or, for the place in AEMP_OUTSIDE_FLIP ("all": for each), always in another one:
 * if that makes the run another one, the place is what leaks.  In the same way memory is
 * filled (AEMP_OUTSIDE_FILL), the stack is (AEMP_OUTSIDE_STACK), and what is allocated lies elsewhere
 * (AEMP_OUTSIDE_MOVE): "N" means from the Nth allocation, or the Nth event, on.
 *
 * Everything found is written to the file AEMP_OUTSIDE_LOG.  Only for debug builds. */

#undef _FILE_OFFSET_BITS /* both open() and open64() are ours */

#include <ctype.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <glib.h>
#include <langinfo.h>
#include <link.h>
#include <locale.h>
#include <malloc.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define EXPORT __attribute__ ((visibility ("default")))
#define FRAMES_MAX 48
#define SITES_MAX 256
#define PLACE_FRAMES 3
#define ARENA_BYTES ((size_t)1 << 34) /* only addresses: memory where it is touched */
#define STACK_BYTES 32768
#define THREAD_LATE_US 5000

/* A place in the program that asked, and what. */
typedef struct
{
  const char *asked;      /* "clock_gettime" */
  uintptr_t place;        /* from the beginning of the program */
  uint64_t line;          /* the trace's next one, when it asked first */
} Site;

static bool is_running;
static __thread bool is_busy;
static pthread_t runner;
static uint64_t next_line = 1;
static Site sites[SITES_MAX];
static unsigned sites_count;
static uintptr_t program_begin, program_end, program_base;
static uintptr_t quiet_begin, quiet_end; /* libgnutls: it may ask what it wants */
static const char *log_path;
static bool flips_all;
static uintptr_t flipped;
static uint64_t answers;     /* given so far: the same ones in each run */
static uint64_t allocations; /* of this run */
static uint64_t fill_from, move_from, stack_from, allocation_wanted;
static uintptr_t allocation_place[PLACE_FRAMES];
static uint8_t *arena, *arena_next;

/* --- Where we are --------------------------------------------------------------------------- */

static int
see_object (struct dl_phdr_info *info, size_t size, void *user_data)
{
  bool is_program = info->dlpi_name[0] == 0 && program_end == 0;
  bool is_quiet = strstr (info->dlpi_name, "libgnutls") != NULL;
  for (int i = 0; (is_program || is_quiet) && i < info->dlpi_phnum; i++)
    {
      const ElfW (Phdr) *header = &info->dlpi_phdr[i];
      if (header->p_type != PT_LOAD || !(header->p_flags & PF_X))
        continue;
      uintptr_t begin = info->dlpi_addr + header->p_vaddr;
      *(is_program ? &program_begin : &quiet_begin) = begin;
      *(is_program ? &program_end : &quiet_end) = begin + header->p_memsz;
      if (is_program)
        program_base = info->dlpi_addr;
    }
  return 0;
}

static uint64_t
number_of (const char *name)
{
  for (char **variable = environ; variable && *variable; variable++)
    if (strncmp (*variable, name, strlen (name)) == 0 && (*variable)[strlen (name)] == '=')
      return strtoull (*variable + strlen (name) + 1, NULL, 0);
  return 0;
}

static const char *
text_of (const char *name)
{
  for (char **variable = environ; variable && *variable; variable++)
    if (strncmp (*variable, name, strlen (name)) == 0 && (*variable)[strlen (name)] == '=')
      return *variable + strlen (name) + 1;
  return NULL;
}

static __attribute__ ((constructor)) void
begin_watching (void)
{
  void *frames[2];
  is_busy = true;
  backtrace (frames, 2); /* it loads what it needs now */
  dl_iterate_phdr (see_object, NULL);
  log_path = text_of ("AEMP_OUTSIDE_LOG");
  const char *flip = text_of ("AEMP_OUTSIDE_FLIP");
  flips_all = flip && strcmp (flip, "all") == 0;
  flipped = flip && !flips_all ? (uintptr_t)strtoull (flip, NULL, 0) : 0;
  fill_from = number_of ("AEMP_OUTSIDE_FILL");
  move_from = number_of ("AEMP_OUTSIDE_MOVE");
  stack_from = number_of ("AEMP_OUTSIDE_STACK");
  allocation_wanted = number_of ("AEMP_OUTSIDE_ALLOCATION");
  is_busy = false;
}

/* The innermost frames of the program, as offsets; false: none, or somebody who may ask. */
static bool
find_places (uintptr_t *places, unsigned count)
{
  void *frames[FRAMES_MAX];
  int depth = backtrace (frames, FRAMES_MAX);
  unsigned found = 0;
  memset (places, 0, count * sizeof *places);
  for (int i = 0; i < depth && found < count; i++)
    {
      uintptr_t at = (uintptr_t)frames[i];
      if (at >= quiet_begin && at < quiet_end)
        return false;
      if (at >= program_begin && at < program_end)
        places[found++] = at - 1 - program_base;
    }
  return found > 0;
}

typedef enum
{
  UNSEEN, /* not asked by the run: nothing is changed */
  FROZEN,
  FLIPPED,
} Answer;

static Answer
look (const char *asked)
{
  uintptr_t place;
  unsigned i = 0;
  if (!is_running || is_busy || !pthread_equal (runner, pthread_self ()))
    return UNSEEN;
  is_busy = true;
  bool found = find_places (&place, 1);
  is_busy = false;
  if (!found)
    return UNSEEN;
  while (i < sites_count && (sites[i].place != place || strcmp (sites[i].asked, asked) != 0))
    i++;
  if (i == sites_count && i < SITES_MAX)
    sites[sites_count++] = (Site){ asked, place, next_line };
  answers++;
  return flips_all || flipped == place ? FLIPPED : FROZEN;
}

/* --- What the program tells us ------------------------------------------------------------------ */

EXPORT void aemp_outside_begin (void);
EXPORT void aemp_outside_line (uint64_t line);
EXPORT void aemp_outside_end (void);

static __attribute__ ((noinline)) void
fill_stack (int byte)
{
  uint8_t room[STACK_BYTES];
  memset (room, byte, sizeof room);
  __asm__ volatile ("" : : "r"(room) : "memory"); /* somebody might read it */
}

void
aemp_outside_begin (void)
{
  runner = pthread_self ();
  is_running = true;
}

void
aemp_outside_line (uint64_t line)
{
  next_line = line + 1;
  if (stack_from)
    fill_stack (line >= stack_from ? 0xff : 0);
}

void
aemp_outside_end (void)
{
  is_running = false;
  FILE *log = log_path ? fopen (log_path, "w") : NULL;
  if (!log)
    return;
  for (unsigned i = 0; i < sites_count; i++)
    fprintf (log, "site %#lx %lu %s\n", (unsigned long)sites[i].place,
             (unsigned long)sites[i].line, sites[i].asked);
  fprintf (log, "allocations %lu\n", (unsigned long)allocations);
  fprintf (log, "lines %lu\n", (unsigned long)(next_line - 1));
  if (allocation_place[0])
    {
      fputs ("allocation", log);
      for (unsigned i = 0; i < PLACE_FRAMES && allocation_place[i]; i++)
        fprintf (log, " %#lx", (unsigned long)allocation_place[i]);
      fputc ('\n', log);
    }
  fclose (log);
}

/* --- Memory --------------------------------------------------------------------------------------- */

void *__libc_malloc (size_t size);
void *__libc_calloc (size_t count, size_t size);
void *__libc_realloc (void *memory, size_t size);
void __libc_free (void *memory);

static bool
is_in_arena (const void *memory)
{
  const uint8_t *at = memory;
  return arena && at >= arena && at < arena + ARENA_BYTES;
}

/* From the top down, below everything else; its size lies in front of it.  Nothing comes back. */
static void *
take_from_arena (size_t size)
{
  if (!arena)
    {
      arena = mmap ((void *)0x100000000, ARENA_BYTES, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
      if (arena == MAP_FAILED)
        arena = NULL;
      arena_next = arena ? arena + ARENA_BYTES : NULL;
    }
  size_t whole = (size + 16 + 15) & ~(size_t)15;
  if (!arena || (size_t)(arena_next - arena) < whole)
    return NULL;
  arena_next -= whole;
  memcpy (arena_next, &size, sizeof size);
  return arena_next + 16;
}

static void *
allocate (size_t size, bool clear)
{
  void *memory = NULL;
  if (!is_running || is_busy || !pthread_equal (runner, pthread_self ()))
    return clear ? __libc_calloc (1, size) : __libc_malloc (size);
  uint64_t number = ++allocations;
  if (number == allocation_wanted)
    {
      is_busy = true;
      find_places (allocation_place, PLACE_FRAMES);
      is_busy = false;
    }
  if (move_from && number >= move_from)
    memory = take_from_arena (size);
  if (!memory)
    memory = clear ? __libc_calloc (1, size) : __libc_malloc (size);
  else if (clear)
    return memory; /* fresh from the kernel */
  if (memory && !clear)
    memset (memory, fill_from && number >= fill_from ? 0xff : 0, size);
  return memory;
}

EXPORT void *
malloc (size_t size)
{
  return allocate (size, false);
}

EXPORT void *
calloc (size_t count, size_t size)
{
  size_t whole;
  if (__builtin_mul_overflow (count, size, &whole))
    {
      errno = ENOMEM;
      return NULL;
    }
  return allocate (whole, true);
}

EXPORT void
free (void *memory)
{
  if (!is_in_arena (memory))
    __libc_free (memory);
}

/* In its place if possible; what is new of it is filled as with malloc(). */
static void *
grow (void *memory, size_t size)
{
  bool counts = is_running && !is_busy && pthread_equal (runner, pthread_self ());
  size_t before = counts ? malloc_usable_size (memory) : 0;
  uint8_t *grown = __libc_realloc (memory, size);
  uint64_t number = counts ? ++allocations : 0;
  if (grown && counts && number == allocation_wanted)
    {
      is_busy = true;
      find_places (allocation_place, PLACE_FRAMES);
      is_busy = false;
    }
  if (grown && counts && size > before)
    memset (grown + before, fill_from && number >= fill_from ? 0xff : 0, size - before);
  return grown;
}

EXPORT void *
realloc (void *memory, size_t size)
{
  size_t before;
  if (!memory)
    return malloc (size);
  if (!is_in_arena (memory))
    return grow (memory, size);
  memcpy (&before, (uint8_t *)memory - 16, sizeof before);
  void *moved = malloc (size);
  if (moved)
    memcpy (moved, memory, MIN (before, size));
  return moved;
}

/* --- Questions ------------------------------------------------------------------------------------ */

/* The next one with this name: what would have been called without us. */
#define REAL(name) ((__typeof__ (&name))real_of (#name))

static void *
real_of (const char *name)
{
  bool was_busy = is_busy;
  is_busy = true;
  void *real = dlsym (RTLD_NEXT, name);
  is_busy = was_busy;
  return real;
}

static uint64_t
mixed (Answer answer)
{
  uint64_t bits = (answers + (answer == FLIPPED ? 1000003 : 0)) * UINT64_C (0x9e3779b97f4a7c15);
  bits = (bits ^ (bits >> 30)) * UINT64_C (0xbf58476d1ce4e5b9);
  return bits ^ (bits >> 31);
}

/* Time. */

static struct timespec
false_time (Answer answer)
{
  uint64_t passed_us = answers * (answer == FLIPPED ? 3 : 1) + (answer == FLIPPED ? 333667 : 0);
  return (struct timespec){
    .tv_sec = 1600000000 + (answer == FLIPPED ? 31536001 : 0) + (time_t)(passed_us / 1000000),
    .tv_nsec = (long)(passed_us % 1000000) * 1000 + (answer == FLIPPED ? 77 : 0),
  };
}

EXPORT int
clock_gettime (clockid_t clock, struct timespec *time)
{
  Answer answer = look ("clock_gettime");
  if (answer == UNSEEN)
    return REAL (clock_gettime) (clock, time);
  *time = false_time (answer);
  return 0;
}

EXPORT time_t
time (time_t *place)
{
  Answer answer = look ("time");
  if (answer == UNSEEN)
    return REAL (time) (place);
  time_t now = false_time (answer).tv_sec;
  if (place)
    *place = now;
  return now;
}

EXPORT int
gettimeofday (struct timeval *restrict time, void *restrict zone)
{
  Answer answer = look ("gettimeofday");
  if (answer == UNSEEN)
    return REAL (gettimeofday) (time, zone);
  struct timespec now = false_time (answer);
  *time = (struct timeval){ .tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000 };
  return 0;
}

EXPORT clock_t
clock (void)
{
  Answer answer = look ("clock");
  return answer == UNSEEN ? REAL (clock) () : (clock_t)false_time (answer).tv_nsec;
}

/* The environment. */

static char *
false_variable (const char *asked, const char *name, char *real)
{
  if (look (asked) != FLIPPED)
    return real;
  if (strcmp (name, "G_RANDOM_VERSION") == 0)
    return (char *)"2.0"; /* which GLib knows */
  return real ? NULL : (char *)"1";
}

EXPORT char *
getenv (const char *name)
{
  return false_variable ("getenv", name, (char *)text_of (name));
}

EXPORT char *
secure_getenv (const char *name)
{
  return false_variable ("secure_getenv", name, (char *)text_of (name));
}

/* Locale. */

EXPORT char *
setlocale (int category, const char *locale)
{
  char *real = REAL (setlocale) (category, locale);
  return look ("setlocale") == FLIPPED ? (char *)"xx_XX.flipped" : real;
}

EXPORT char *
nl_langinfo (nl_item item)
{
  char *real = REAL (nl_langinfo) (item);
  return look ("nl_langinfo") == FLIPPED ? (char *)"flipped" : real;
}

EXPORT struct lconv *
localeconv (void)
{
  static struct lconv other;
  struct lconv *real = REAL (localeconv) ();
  if (look ("localeconv") != FLIPPED)
    return real;
  other = *real;
  other.decimal_point = (char *)",";
  return &other;
}

EXPORT int
strcoll (const char *one, const char *other)
{
  int real = REAL (strcoll) (one, other);
  return look ("strcoll") == FLIPPED ? -real : real;
}

/* The tables behind isalpha() and its like: as in a language with letters above 127, and one whose
 * capital i has a dot. */
EXPORT const unsigned short **
__ctype_b_loc (void)
{
  static unsigned short other[384];
  static const unsigned short *place = other + 128;
  const unsigned short **real = REAL (__ctype_b_loc) ();
  if (look ("isalpha and the like") != FLIPPED)
    return real;
  memcpy (other, *real - 128, sizeof other);
  for (unsigned i = 0xc0; i < 0x100; i++)
    other[128 + i] = other[i - 128] = (*real)['x'];
  return &place;
}

EXPORT const int **
__ctype_toupper_loc (void)
{
  static int other[384];
  static const int *place = other + 128;
  const int **real = REAL (__ctype_toupper_loc) ();
  if (look ("toupper") != FLIPPED)
    return real;
  memcpy (other, *real - 128, sizeof other);
  other[128 + 'i'] = 0xdd;
  return &place;
}

EXPORT const int **
__ctype_tolower_loc (void)
{
  static int other[384];
  static const int *place = other + 128;
  const int **real = REAL (__ctype_tolower_loc) ();
  if (look ("tolower") != FLIPPED)
    return real;
  memcpy (other, *real - 128, sizeof other);
  other[128 + 'I'] = 0xfd;
  return &place;
}

/* Threads. */

typedef struct
{
  void *(*call) (void *);
  void *data;
} Begin;

static void *
begin_late (void *memory)
{
  Begin begin = *(Begin *)memory;
  free (memory);
  usleep (THREAD_LATE_US);
  return begin.call (begin.data);
}

/* A thread has either nearly always done what it does before its maker goes on, or nearly never. */
EXPORT int
pthread_create (pthread_t *restrict thread, const pthread_attr_t *restrict attributes,
                void *(*call) (void *), void *restrict data)
{
  Answer answer = look ("pthread_create");
  if (answer == FLIPPED)
    {
      Begin *begin = __libc_malloc (sizeof *begin);
      *begin = (Begin){ call, data };
      return REAL (pthread_create) (thread, attributes, begin_late, begin);
    }
  int status = REAL (pthread_create) (thread, attributes, call, data);
  if (answer == FROZEN)
    usleep (THREAD_LATE_US);
  return status;
}

/* Who and where we are. */

#define NUMBER(type, name, frozen)                                                                \
  EXPORT type name (void)                                                                         \
  {                                                                                               \
    Answer answer = look (#name);                                                                 \
    return answer == UNSEEN ? REAL (name) () : (type)((frozen) + (answer == FLIPPED));            \
  }
NUMBER (pid_t, getpid, 4242)
NUMBER (pid_t, getppid, 4241)
NUMBER (pid_t, gettid, 4242)
NUMBER (uid_t, getuid, 1000)
NUMBER (int, sched_getcpu, 1)

EXPORT int
gethostname (char *name, size_t length)
{
  Answer answer = look ("gethostname");
  if (answer == UNSEEN)
    return REAL (gethostname) (name, length);
  g_strlcpy (name, answer == FLIPPED ? "flipped" : "frozen", length);
  return 0;
}

EXPORT int
uname (struct utsname *name)
{
  int status = REAL (uname) (name);
  Answer answer = look ("uname");
  if (answer != UNSEEN)
    g_strlcpy (name->nodename, answer == FLIPPED ? "flipped" : "frozen", sizeof name->nodename);
  if (answer == FLIPPED)
    g_strlcpy (name->release, "1.0-flipped", sizeof name->release);
  return status;
}

#define WORD(name)                                                                                \
  EXPORT const char *name (void)                                                                  \
  {                                                                                               \
    const char *real = REAL (name) ();                                                            \
    return look (#name) == FLIPPED ? "flipped" : real;                                            \
  }
WORD (g_get_host_name)
WORD (g_get_user_name)
WORD (g_get_home_dir)
WORD (g_get_tmp_dir)

EXPORT char *
getcwd (char *path, size_t size)
{
  char *real = REAL (getcwd) (path, size);
  if (real && size > 8 && look ("getcwd") == FLIPPED)
    g_strlcpy (real, "/flip", 6);
  return real;
}

/* Files: they are there, or they are not. */

EXPORT int
open (const char *path, int flags, ...)
{
  va_list arguments;
  va_start (arguments, flags);
  mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg (arguments, mode_t) : 0;
  va_end (arguments);
  if (look ("open") == FLIPPED)
    {
      errno = ENOENT;
      return -1;
    }
  return REAL (open) (path, flags, mode);
}

EXPORT int
open64 (const char *path, int flags, ...)
{
  va_list arguments;
  va_start (arguments, flags);
  mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg (arguments, mode_t) : 0;
  va_end (arguments);
  if (look ("open") == FLIPPED)
    {
      errno = ENOENT;
      return -1;
    }
  return REAL (open) (path, flags, mode);
}

EXPORT FILE *
fopen (const char *restrict path, const char *restrict mode)
{
  if (look ("fopen") == FLIPPED)
    {
      errno = ENOENT;
      return NULL;
    }
  return REAL (fopen) (path, mode);
}

EXPORT FILE *
fopen64 (const char *restrict path, const char *restrict mode)
{
  if (look ("fopen") == FLIPPED)
    {
      errno = ENOENT;
      return NULL;
    }
  return REAL (fopen) (path, mode);
}

EXPORT DIR *
opendir (const char *path)
{
  if (look ("opendir") == FLIPPED)
    {
      errno = ENOENT;
      return NULL;
    }
  return REAL (opendir) (path);
}

EXPORT int
stat (const char *restrict path, struct stat *restrict what)
{
  if (look ("stat") == FLIPPED)
    {
      errno = ENOENT;
      return -1;
    }
  return REAL (stat) (path, what);
}

EXPORT ssize_t
readlink (const char *restrict path, char *restrict target, size_t size)
{
  if (look ("readlink") == FLIPPED)
    {
      errno = ENOENT;
      return -1;
    }
  return REAL (readlink) (path, target, size);
}

/* Chance. */

#define CHANCE(type, name, shift)                                                                 \
  EXPORT type name (void)                                                                         \
  {                                                                                               \
    Answer answer = look (#name);                                                                 \
    return answer == UNSEEN ? REAL (name) () : (type)(mixed (answer) >> (shift));                 \
  }
CHANCE (int, rand, 33)
CHANCE (long, random, 33)
CHANCE (long, lrand48, 33)
CHANCE (guint32, g_random_int, 32)

EXPORT double
drand48 (void)
{
  Answer answer = look ("drand48");
  return answer == UNSEEN ? REAL (drand48) () : (double)(mixed (answer) >> 11) / 9007199254740992.0;
}

EXPORT double
g_random_double (void)
{
  Answer answer = look ("g_random_double");
  return answer == UNSEEN ? REAL (g_random_double) ()
                          : (double)(mixed (answer) >> 11) / 9007199254740992.0;
}

EXPORT gint32
g_random_int_range (gint32 begin, gint32 end)
{
  Answer answer = look ("g_random_int_range");
  return answer == UNSEEN ? REAL (g_random_int_range) (begin, end)
                          : begin + (gint32)(mixed (answer) % (uint64_t)((gint64)end - begin));
}

EXPORT GRand *
g_rand_new (void)
{
  Answer answer = look ("g_rand_new");
  return answer == UNSEEN ? REAL (g_rand_new) () : g_rand_new_with_seed ((guint32)mixed (answer));
}

static void
false_bytes (void *bytes, size_t length, Answer answer)
{
  for (size_t i = 0; i < length; i++)
    ((uint8_t *)bytes)[i] = (uint8_t)(mixed (answer) >> (i % 8 * 8));
}

EXPORT ssize_t
getrandom (void *bytes, size_t length, unsigned flags)
{
  Answer answer = look ("getrandom");
  if (answer == UNSEEN)
    return REAL (getrandom) (bytes, length, flags);
  false_bytes (bytes, length, answer);
  return (ssize_t)length;
}

EXPORT int
getentropy (void *bytes, size_t length)
{
  Answer answer = look ("getentropy");
  if (answer == UNSEEN)
    return REAL (getentropy) (bytes, length);
  false_bytes (bytes, length, answer);
  return 0;
}

/* Walks over hash tables: in an order that depends on addresses, if the keys are some.  They cannot be
 * flipped; who walks is noted. */

EXPORT void
g_hash_table_iter_init (GHashTableIter *iter, GHashTable *table)
{
  look ("g_hash_table_iter_init");
  REAL (g_hash_table_iter_init) (iter, table);
}

EXPORT void
g_hash_table_foreach (GHashTable *table, GHFunc call, gpointer user_data)
{
  look ("g_hash_table_foreach");
  REAL (g_hash_table_foreach) (table, call, user_data);
}

EXPORT gpointer
g_hash_table_find (GHashTable *table, GHRFunc predicate, gpointer user_data)
{
  look ("g_hash_table_find");
  return REAL (g_hash_table_find) (table, predicate, user_data);
}

EXPORT GList *
g_hash_table_get_keys (GHashTable *table)
{
  look ("g_hash_table_get_keys");
  return REAL (g_hash_table_get_keys) (table);
}

EXPORT GList *
g_hash_table_get_values (GHashTable *table)
{
  look ("g_hash_table_get_values");
  return REAL (g_hash_table_get_values) (table);
}

EXPORT gpointer *
g_hash_table_get_keys_as_array (GHashTable *table, guint *length)
{
  look ("g_hash_table_get_keys_as_array");
  return REAL (g_hash_table_get_keys_as_array) (table, length);
}
