/* engine/text.c */
