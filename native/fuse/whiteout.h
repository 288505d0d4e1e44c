// The mark of a removed name, as kernel overlayfs has it: a character device 0/0. Overlayfs itself lets nobody make one, so in a
// store that lies on it (the root of a container, say) the mark is 0/1, which is no device either.
#pragma once
#include <sys/sysmacros.h>

#include "fuse/syscalls.h"

inline bool is_whiteout(const Stat& st) { return S_ISCHR(st.stx_mode) && st.stx_rdev_major == 0 && st.stx_rdev_minor <= 1; }
inline bool is_whiteout(mode_t mode, dev_t rdev) { return S_ISCHR(mode) && rdev <= makedev(0, 1); }

// 0 or -1 and errno.
int make_whiteout(int dir, const char* name);

// A mark that was made before its name is there to take it.
namespace reserved_whiteout {
inline constexpr char name[] = ".appshot.whiteout";
int make(int dir);   // 0 or -1 and errno
// An application may have a file of that name: then it is done without.
bool there(int dir);
}  // namespace reserved_whiteout

// renameat2 with RENAME_WHITEOUT, also where the file system only knows how to exchange: killed in between, it may be called again.
int rename_leaving_whiteout(int from_dir, const char* from, int to_dir, const char* to);
