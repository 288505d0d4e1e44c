import test from 'ava';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../native/programs.ts';

/** A process that is gone by the time its file, open already, is read: the kernel says ESRCH then. */
const GONE = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
ssize_t read(int fd, void *to, size_t size) {
  static ssize_t (*next)(int, void *, size_t);
  char link[64], path[64] = "", own[32];
  if (!next) next = (ssize_t (*)(int, void *, size_t))dlsym(RTLD_NEXT, "read");
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  snprintf(own, sizeof own, "/proc/%d/", (int)getppid());
  if (readlink(link, path, sizeof path - 1) < 0 || strncmp(path, own, strlen(own)) || !strstr(path, "/stat")) return next(fd, to, size);
  errno = ESRCH;
  return -1;
}
`;

test('a process that ends while it is told from a later one is gone, and nothing else ends', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'appshot-ended-'));
  try {
    const source = join(directory, 'gone.c');
    const library = join(directory, 'gone.so');
    writeFileSync(source, GONE);
    execFileSync('gcc', ['-shared', '-fPIC', '-O1', source, '-o', library, '-ldl']);
    const addon = join(projectRoot, 'build/Release/appshot_addon.node');
    const script = 'process.stdout.write(String(require(process.argv[1]).signalProcess(process.ppid, 1, 0)))';
    const answer = execFileSync(process.execPath, ['-e', script, addon], {
      encoding: 'utf8',
      env: { ...process.env, LD_PRELOAD: library },
    });
    t.is(answer, 'false');
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
