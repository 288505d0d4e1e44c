/* Descriptors of /dev/null, zero, full and urandom, of directories in the middle of a listing, of /proc files, and O_PATH ones. */
#include "file.h"
#include <dirent.h>

int main(void) {
  begin();
  const char *directory = own_path("listed");
  char path[200];
  must(mkdir(directory, 0700));
  for (int i = 0; i < 40; i++) {
    snprintf(path, sizeof path, "%s/file-%02d", directory, i);
    close(file_with(path, "", 0));
  }
  int null = (int)must(open("/dev/null", O_RDWR)), zero = (int)must(open("/dev/zero", O_RDONLY)), full = (int)must(open("/dev/full", O_WRONLY));
  int random = (int)must(open("/dev/urandom", O_RDONLY)), status = (int)must(open("/proc/self/status", O_RDONLY));
  int handle = (int)must(open(directory, O_PATH | O_DIRECTORY)), parent = (int)must(open("/tmp", O_RDONLY | O_DIRECTORY));
  DIR *listing = must_have(opendir(directory));
  bool seen[40] = {false};
  int names = 0;
  for (struct dirent *entry; names < 10 && (entry = readdir(listing)) != NULL;)
    if (entry->d_name[0] != '.') seen[atoi(entry->d_name + 5)] = ++names;
  await_go();
  char bytes[16] = "x";
  put(null, "gone");
  expect("what /dev/null gives", 0, must(read(null, bytes, 1)));
  expect("what /dev/zero gives", 16, must(read(zero, bytes, 16)));
  for (int i = 0; i < 16; i++) expect("a byte of /dev/zero", 0, bytes[i]);
  expect_errno(ENOSPC, write(full, "x", 1));
  expect("what /dev/urandom gives", 16, must(read(random, bytes, 16)));
  expect("what /proc/self/status begins with", 0, strncmp(next_text(status, 1000), "Name:\t", 6));
  for (struct dirent *entry; (entry = readdir(listing)) != NULL;)
    if (entry->d_name[0] != '.') {
      expect("whether a name was listed before", false, seen[atoi(entry->d_name + 5)]);
      seen[atoi(entry->d_name + 5)] = ++names;
    }
  expect("names in all", 40, names);
  closedir(listing);
  must(faccessat(handle, "file-07", F_OK, 0));
  expect_errno(EBADF, read(handle, bytes, 1));
  must(faccessat(parent, strrchr(directory, '/') + 1, F_OK, 0));
  for (int i = 0; i < 40; i++) {
    snprintf(path, sizeof path, "file-%02d", i);
    must(unlinkat(handle, path, 0));
  }
  must(rmdir(directory));
  done();
}
