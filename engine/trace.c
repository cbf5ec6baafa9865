/* engine/trace.c */
