/* net/services.h - the functions that a node starts with. */
#pragma once

#include "engine/node.h"
#include "net/tell.h"

/* Names with commas between, or JSON: a list of functions and of arrays that begin with one.
 * Everything is looked at before anything runs: NULL with AEMP_ERROR_CONFIG or what the
 * JSON decoder says. */
AempMessage *net_services_parse (const char *text, GError **error);

/* As JSON in one line, for net_services_parse(). */
char *net_services_text (AempMessage *services);

/* Does the node know all of them?  False with an error that says which it knows. */
bool net_services_are_known (AempNode *node, AempMessage *services, GError **error);

/* Starts them on a running node.  When one ends, the teller says so; it has to outlive the
 * node. */
void net_services_start (AempNode *node, AempMessage *services, NetTeller *teller);
