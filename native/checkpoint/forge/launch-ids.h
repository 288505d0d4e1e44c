/* What a launched instance without namespaces is told of its ids before its program runs (shared/id-words.h). */
#ifndef FORGE_LAUNCH_IDS_H
#define FORGE_LAUNCH_IDS_H
/* In the instance's root. Writes down the init, which is virtual pid 1. -1: the table can't be had, and the shared page says why. */
int launch_ids_open(int init_pid);
/* The virtual pid of a system pid, claimed if need be; itself where no table was opened. */
int launch_ids_claim(int system);
void launch_ids_close(void);
#endif
