/* tests/unit/town.h - a few nodes in a simulated world, for stories about them.
 *
 * Every node listens; the first is global, and the seed of the others.  What the nodes
 * tell their tracer is kept as text, one event a line, to be searched. */
#pragma once

#include "engine/node.h"
#include "sim/world.h"

typedef struct Town Town;

typedef struct
{
  Town *town;
  SimHost *host;
  SimProcess *process;
  AempNode *node;
} House;

struct Town
{
  SimWorld *world;
  House houses[8];
  unsigned count;
  GString *story; /* "rain node_up peer=ruth …\n" */
  GString *heard; /* what the tests' own callbacks note */
  AempTracer tracer; /* every node's */
};

/* Names end with NULL.  Nothing runs before town_run(). */
Town *town_new (uint64_t seed, const char *first, ...) G_GNUC_NULL_TERMINATED;
void town_free (Town *town);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Town, town_free)

/* The nodes of `town_new` are started by the first call. */
void town_run (Town *town, int64_t duration_us);

AempNode *town_node (Town *town, const char *name);
SimHost *town_host (Town *town, const char *name);
void town_kill (Town *town, const char *name);
void town_vanish (Town *town, const char *name);
void town_restart (Town *town, const char *name);
void town_cut (Town *town, const char *one, const char *other);
void town_heal (Town *town, const char *one, const char *other);
/* A setting of all nodes that start from now on; kept by reference. */
void town_set (Town *town, const char *key, const char *value);

/* How often does the story, or what was heard, contain this text? */
unsigned town_told (Town *town, const char *text);
unsigned town_heard (Town *town, const char *text);

/* A callback for ports and monitors: notes "LABEL: [values]\n"; user_data is made by
 * town_ear(), which is freed with the town. */
void town_hear (AempNode *node, const AempList *message, void *user_data);
void *town_ear (Town *town, const char *label);

#define SECOND ((int64_t) 1000000)
