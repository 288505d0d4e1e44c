#ifndef FORGE_FILTER_H
#define FORGE_FILTER_H
#include "checkpoint/forge/image-index.h"
/** When the process has image-backed memory and the library's cure for it: traps madvise and mremap calls on that memory that
 *  the library didn't make. Before threads are made and rights are given up. 0 or -1. */
int filter_install(const struct process *process);
/** The filters that the thread had itself, for the calling thread: the last thing before it leaves. 0 or -1. */
int filters_again(const struct thread *thread);
/** Has the calls of the calling thread sent to the library again. None of this program's own can be made after it. 0 or -1. */
int dispatch_again(const struct process *process, const struct thread *thread);
/** Whether these two leave a thread under rules of its own, by which it may be forbidden any call. */
int filters_thread(const struct thread *thread);
#endif
