#ifndef FORGE_DESCRIPTOR_TABLE_H
#define FORGE_DESCRIPTOR_TABLE_H
#include "checkpoint/forge/image-index.h"

/** Puts every description where the process had it; beside them the table has the forge's kept numbers alone. 0 or -1. */
int descriptors_install(const struct process *process);
/** Files of threads, in their places already, are opened: when the process's own are there. 0 or -1. */
int descriptors_of_threads(const struct process *process);
#endif
