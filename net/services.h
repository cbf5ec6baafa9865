/* net/services.h - the functions that a node starts with. */
#pragma once

#include "engine/aemp.h"
#include "net/tell.h"

/* Names with commas between, or JSON: a list of functions and of arrays that begin with one.
 * Everything is looked at before anything runs: NULL with AEMP_ERROR_CONFIG or what the
 * JSON decoder says. */
AempMessage *net_services_parse (const char *text, GError **error);

/* As JSON in one line, for net_services_parse(). */
char *net_services_text (AempMessage *services);

/* Starts them on a running node.  When one ends, the teller says so; it has to outlive the
 * node. */
void net_services_start (AempNode *node, AempMessage *services, NetTeller *teller);
