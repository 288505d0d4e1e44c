/* Connections to the control socket, and the lines that come in over them. */
#ifndef FORGE_CLIENTS_H
#define FORGE_CLIENTS_H
#include <stddef.h>
#include <stdint.h>

struct client { int fd; int serial; size_t held; }; /* fd -1: free; held: bytes of an unfinished line */
extern struct client clients[];

/** Maps the line buffers. 0 or the kernel's answer. */
long clients_open(void);
void client_accept(int listener);
/** Reads what there is and hands every whole line to handle_line(). */
void client_read(int client);
/** Sends a line; a client that doesn't take it is dropped. -1 when nobody has it: the client has changed since `serial`, or is gone. */
int client_send(int client, int serial, const char *text, size_t size);
/** One line without its end (control.c). */
void handle_line(char *line, int client, int64_t arrived_ns);
#endif
