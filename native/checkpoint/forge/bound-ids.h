/* Ids without a namespace that keeps them (mode=preload): the kernel gives processes, threads and SysV objects whatever ids it likes, and the
 * instance's table says which virtual ones they are (FIG. 11-13). With namespaces both are the same, and nothing here does anything. */
#ifndef FORGE_BOUND_IDS_H
#define FORGE_BOUND_IDS_H
#include "shared/table.h"
#include <stdint.h>

/** In the init, before anything of the image is made: the table as the source's was, but that nothing is in use. 0 or -1. */
int bound_begin(void);
/** `system` is what the kernel calls the process or thread. */
void bound_process(uint32_t virtual_id, int system);
/** The same for one that only leads a group or a session, and has ended when the instance goes on. */
void bound_leader(uint32_t virtual_id, int system);
/** `system` has lived for one call, which the kernel remembers its caller by: from now on it names `virtual_id` there. */
void bound_stand_in(uint32_t virtual_id, int system);
/** 0, or -1 when the table has no such id. */
int bound_object(enum table_id_type type, uint32_t virtual_id, int system);
/** What the kernel calls it. 0 for 0, and for what does not exist. */
int system_process(uint32_t virtual_id);
/** As kill() takes it, negative for a group. */
int system_process_or_group(int virtual_id);
int32_t system_key(int32_t virtual_key);
/** Whether the number was this process's or thread's when the image was made. */
int was_system(uint32_t virtual_id, uint32_t system);
/** The arguments of a call that is about to be made again: see ids.cc of the dumper. */
void bound_call(uint64_t number, uint64_t *first, uint64_t *second);
/** A path whose process below /proc is named virtually: as the kernel names it, in `buffer` or as it is. */
const char *system_path(const char *path, char *buffer, uint32_t size);
/** The pid in a siginfo_t, where there is one. */
void bound_sender(void *siginfo);
/** Nobody will let this process go on: the init has ended, and no namespace with it. */
int forsaken(void);
/** In the init of an instance that can't be: ends whatever was made of it, and waits for the end. */
void bound_undo(void);
#endif
