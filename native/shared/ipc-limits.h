/* What is set below /proc/sys for an IPC namespace alone, and what a new one has there. A RECORD_IPC_LIMIT's id is a place in this list. */
#ifndef SHARED_IPC_LIMITS_H
#define SHARED_IPC_LIMITS_H

struct ipc_limit { const char *path, *usual; };

static const struct ipc_limit ipc_limits[] = {
    {"kernel/shmmax", "18446744073692774399"}, {"kernel/shmall", "18446744073692774399"}, {"kernel/shmmni", "4096"},
    {"kernel/shm_rmid_forced", "0"},           {"kernel/msgmax", "8192"},                 {"kernel/msgmnb", "16384"},
    {"kernel/msgmni", "32000"},                {"kernel/sem", "32000\t1024000000\t500\t32000"},
    {"fs/mqueue/queues_max", "256"},           {"fs/mqueue/msg_max", "10"},               {"fs/mqueue/msgsize_max", "8192"},
    {"fs/mqueue/msg_default", "10"},           {"fs/mqueue/msgsize_default", "8192"},
};
#define IPC_LIMITS (sizeof ipc_limits / sizeof *ipc_limits)
#define IPC_LIMIT_ROOM 96 /* bytes of the longest text, which is four numbers */

#endif
