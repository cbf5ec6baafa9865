/* engine/json.c */
