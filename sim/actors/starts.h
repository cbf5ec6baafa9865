/* sim/actors/starts.h - the functions that begin an actor, one for each kind. */
#pragma once

#include "sim/actors/actor.h"

/* Each is an AempFunction (name, options), with the node's SimDirectory as `user_data`. */
void sim_echo_start (AempNode *node, const AempList *arguments, void *user_data);
void sim_sink_start (AempNode *node, const AempList *arguments, void *user_data);
void sim_flood_start (AempNode *node, const AempList *arguments, void *user_data);
void sim_ring_start (AempNode *node, const AempList *arguments, void *user_data);
void sim_pingpong_start (AempNode *node, const AempList *arguments, void *user_data);
void sim_watch_start (AempNode *node, const AempList *arguments, void *user_data);
void sim_hello_start (AempNode *node, const AempList *arguments, void *user_data);
void sim_chat_server_start (AempNode *node, const AempList *arguments, void *user_data);
void sim_chat_client_start (AempNode *node, const AempList *arguments, void *user_data);
void sim_spawner_start (AempNode *node, const AempList *arguments, void *user_data);
void sim_killer_start (AempNode *node, const AempList *arguments, void *user_data);
void sim_linker_start (AempNode *node, const AempList *arguments, void *user_data);
void sim_monitors_start (AempNode *node, const AempList *arguments, void *user_data);
void sim_registrar_start (AempNode *node, const AempList *arguments, void *user_data);
void sim_setter_start (AempNode *node, const AempList *arguments, void *user_data);
void sim_dbwatch_start (AempNode *node, const AempList *arguments, void *user_data);
void sim_asker_start (AempNode *node, const AempList *arguments, void *user_data);
void sim_worker_start (AempNode *node, const AempList *arguments, void *user_data);
void sim_client_start (AempNode *node, const AempList *arguments, void *user_data);
void sim_impostor_start (AempNode *node, const AempList *arguments, void *user_data);
void sim_tour_start (AempNode *node, const AempList *arguments, void *user_data);
/* Services without a name in the directory: see conformance.c. */
void sim_conformance_start (AempNode *node, const AempList *arguments, void *user_data);
void sim_echo_init_start (AempNode *node, const AempList *arguments, void *user_data);
/* What a spawner spawns; no actor, its port has no name in the directory. */
void sim_child_start (AempNode *node, const AempList *arguments, void *user_data);
/* What killer, linker and monitors spawn: an echo, but as nameless as a child. */
void sim_servant_start (AempNode *node, const AempList *arguments, void *user_data);
