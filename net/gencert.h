/* net/gencert.h - a certificate for a network. */
#pragma once

#include <glib.h>

/* A new key and a certificate that it signed itself, which nodes that share it trust, as PEM
 * text for g_free().  NULL with an error. */
char *net_gencert (GError **error);
