/* engine/value.c */
