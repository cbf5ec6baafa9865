/* engine/name.c */
