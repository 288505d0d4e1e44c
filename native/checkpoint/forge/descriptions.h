/* Open file descriptions: all are made once, in the init, at numbers that no process of the image uses; the
 * processes inherit them and put them where they were (FIG. 6, steps 308 and 320-322: what is shared is made first). */
#ifndef FORGE_DESCRIPTIONS_H
#define FORGE_DESCRIPTIONS_H
#include "checkpoint/forge/image-index.h"
#include "checkpoint/forge/kept-numbers.h"

/** Notes what every description is needed for. -1 when a record refers to one that isn't there. */
int descriptions_mark(void);
/** Makes them all. 0 or -1. */
int descriptions_make(void);
/** Makes one of them now, for another that needs it. 0 or -1. */
int description_make(struct description *d);
/** Puts the order's rename=FROM=TO on a path of the image; the answer may be static storage. */
const char *path_here(const char *path);

/* One maker a type: each answers a descriptor with its flags set, or -1 after fail(). */
int make_file(struct description *d);
int make_stdio(struct description *d);
int make_pipe(struct description *d);
int make_socket(struct description *d);
int make_epoll(struct description *d);
int make_eventfd(struct description *d);
int make_timerfd(struct description *d);
int make_signalfd(struct description *d);
int make_inotify(struct description *d);
int make_mq_open(struct description *d);
int make_terminal(struct description *d);
#endif
