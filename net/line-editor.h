/* net/line-editor.h - a line that is edited while it is typed.
 *
 * libedit, behind a descriptor that the caller watches: nothing here waits for a key.  The
 * terminal is as people left it whenever no line is asked for. */
#pragma once

#include <stdbool.h>

typedef struct NetLineEditor NetLineEditor;

typedef enum
{
  NET_LINE_GROWS,   /* it is not whole yet */
  NET_LINE_IS_WHOLE,
  NET_LINE_NO_MORE, /* Control-D in an empty line: there will be no other */
} NetLineState;

/* NULL: stdin and stdout are not both a terminal that can be moved about in. */
NetLineEditor *net_line_editor_new (void);
/* Gives the terminal back. */
void net_line_editor_free (NetLineEditor *editor);

/* Shows `prompt`, which is copied; from here to the end of the line keys are ours. */
void net_line_editor_ask (NetLineEditor *editor, const char *prompt);
/* Takes one key, which must be there.  `line` is set when it is whole: for g_free(), without its
 * end; what is in it can be called up again by the keys for that. */
NetLineState net_line_editor_take_key (NetLineEditor *editor, char **line);
/* The window has another size. */
void net_line_editor_resize (NetLineEditor *editor);
