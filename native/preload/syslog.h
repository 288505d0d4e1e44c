#ifndef PRELOAD_SYSLOG_H
#define PRELOAD_SYSLOG_H
/* In a child: what it logs names it. */
void syslog_renumber(void);
#endif
