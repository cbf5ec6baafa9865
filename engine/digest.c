/* engine/digest.c */
