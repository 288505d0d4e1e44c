/* Who lives where between RESTORER_BASE and RESTORER_END. A restored process has all of this, inherited by fork, until
 * its last thread leaves. Nothing of the forge is ever mapped outside, so an image may claim every other address. */
#ifndef FORGE_LAYOUT_H
#define FORGE_LAYOUT_H
#include "shared/image.h"

#define MEBIBYTE 0x100000ull
#define STACK_AT (RESTORER_BASE + 16 * MEBIBYTE)
#define STACK_SIZE (256 * 1024ull)
#define PARKING_AT (RESTORER_BASE + 32 * MEBIBYTE) /* vdso, vvar, vvar_vclock */
#define SHARED_AT (RESTORER_BASE + 48 * MEBIBYTE)  /* struct shared: one page for all processes of an instance */
#define HEAP_AT (RESTORER_BASE + 64 * MEBIBYTE)
#define HEAP_SIZE (256 * MEBIBYTE)
#define CLIENTS_AT (RESTORER_BASE + 512 * MEBIBYTE)
#define CLIENT_SIZE (4 * MEBIBYTE)
#define CLIENTS 64
#define THREADS_AT (RESTORER_BASE + 1024 * MEBIBYTE)
#define THREAD_SIZE 0x4000ull
#define THREADS_MAX 16384
#define SCRATCH_AT (RESTORER_BASE + 1536 * MEBIBYTE) /* shared memory while it is filled */
#define TABLE_AT (RESTORER_BASE + 1792 * MEBIBYTE)
#define RECORDS_AT (RESTORER_BASE + 2048 * MEBIBYTE)
#define PAGE 4096ull
#define PAGE_UP(n) (((n) + PAGE - 1) & ~(PAGE - 1))

_Static_assert(CLIENTS_AT + CLIENTS * CLIENT_SIZE <= THREADS_AT, "client buffers");
_Static_assert(THREADS_AT + THREADS_MAX * THREAD_SIZE <= SCRATCH_AT, "thread stacks");
_Static_assert(RECORDS_AT + RECORDS_MAX <= LEAVE_AT, "records");
#endif
