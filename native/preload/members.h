/* Lists of a control group's members that are open for writing: id-members.c. */
#ifndef PRELOAD_MEMBERS_H
#define PRELOAD_MEMBERS_H
extern _Atomic int members_any; /* one was opened by this process, or by the one whose memory it has a copy of */
/* A file was opened. */
void members_opened(const char *path, int flags);
/* At the start: one may be handed on as standard output. */
void members_start(void);
#endif
