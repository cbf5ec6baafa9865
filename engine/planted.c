/* engine/planted.c - mistakes that a test build can be asked to make. */

#include "planted.h"

#include <string.h>

const char aemp_planted_advice[]
    = "this build has no planted bugs; one that has them is made with\n"
      "  meson setup build-planted -Dplanted=true -Dtests=false && ninja -C build-planted aemp\n"
      "and is build-planted/aemp";

const char *
aemp_planted_origin_text (AempPlantedOrigin origin)
{
  switch (origin)
    {
    case AEMP_PLANTED_FROM_LOG:
      return "change log";
    case AEMP_PLANTED_FROM_PERL:
      return "Perl 2.02";
    case AEMP_PLANTED_FROM_PROTOCOLS:
      return "protocol";
    case AEMP_PLANTED_FROM_SIMULATOR:
      return "simulator";
    case AEMP_PLANTED_FROM_CHECKERS:
      return "checker";
    }
  g_assert_not_reached ();
}

#ifdef AEMP_PLANTED_BUGS

static const AempPlantedInfo catalogue[AEMP_PLANTED_COUNT] = {
#define PLANTED(name, origin, where, what, noticed, survives)                                      \
  [AEMP_PLANTED_##name] = { #name, AEMP_PLANTED_FROM_##origin, where, what, noticed, survives },
#include "planted-list.h"
#undef PLANTED
};

bool aemp_planted_on[AEMP_PLANTED_COUNT];
static uint64_t count;

/* So can any program, one of tests for instance, be had with a bug: AEMP_PLANTED=name. */
__attribute__ ((constructor)) static void
take_environment (void)
{
  const char *name = g_getenv ("AEMP_PLANTED");
  AempPlanted planted;

  if (name && aemp_planted_find (name, &planted))
    aemp_planted_switch_on (planted);
  else if (name)
    g_printerr ("AEMP_PLANTED: there is no bug '%s'\n", name);
}

bool
aemp_planted_acts (AempPlanted planted)
{
  count++;
  return true;
}

bool
aemp_planted_is_built (void)
{
  return true;
}

bool
aemp_planted_find (const char *name, AempPlanted *planted)
{
  for (unsigned i = 0; i < AEMP_PLANTED_COUNT; i++)
    if (strcmp (catalogue[i].name, name) == 0)
      {
        *planted = (AempPlanted)i;
        return true;
      }
  return false;
}

const AempPlantedInfo *
aemp_planted_info (AempPlanted planted)
{
  return &catalogue[planted];
}

void
aemp_planted_switch_on (AempPlanted planted)
{
  aemp_planted_on[planted] = true;
  count = 0;
}

void
aemp_planted_switch_off_all (void)
{
  memset (aemp_planted_on, 0, sizeof aemp_planted_on);
  count = 0;
}

uint64_t
aemp_planted_count (void)
{
  return count;
}

#else

bool
aemp_planted_is_built (void)
{
  return false;
}

bool
aemp_planted_find (const char *name, AempPlanted *planted)
{
  return false;
}

const AempPlantedInfo *
aemp_planted_info (AempPlanted planted)
{
  g_assert_not_reached ();
}

void
aemp_planted_switch_on (AempPlanted planted)
{
  g_assert_not_reached ();
}

void
aemp_planted_switch_off_all (void)
{
}

#endif
