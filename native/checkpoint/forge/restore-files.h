/* The host's files that a restore reads: opened while the init is in the host's mount namespace. */
#ifndef FORGE_RESTORE_FILES_H
#define FORGE_RESTORE_FILES_H
#include "checkpoint/forge/order.h"

struct restore_files { int table; };
extern struct restore_files restore_files;

/** Maps and checks the records, opens pages files, direct= files, the table, and what host_files_open() does. 0 or -1. */
int restore_files_open(const struct order *order);
#endif
