/* engine/error.c */

#include "error.h"

#include <string.h>

G_DEFINE_QUARK (aemp - error, aemp_error)
G_DEFINE_QUARK (aemp - errno, aemp_errno)

const char *
aemp_errno_text (int number)
{
  const char *text = strerrordesc_np (number); /* strerror() would translate it */

  return text ? text : "Unknown error";
}

GError *
aemp_errno_error (int number)
{
  return g_error_new_literal (AEMP_ERRNO, number, aemp_errno_text (number));
}
