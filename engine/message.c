/* engine/message.c */
