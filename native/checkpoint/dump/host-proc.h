// The host's /proc, held open: it stays reachable after this process has entered the instance's root, and there the
// kernel words every path (readlink, maps) as the instance sees it. Paths are relative to /proc.
#pragma once
#include <sys/stat.h>
#include <sys/types.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "checkpoint/dump/descriptor.h"

void open_host_proc();
ino_t mount_namespace_outside(); // this program's own, before it entered the instance's
// Reads a whole file; fails when it can't be opened.
std::string proc_read(const std::string &path);
// As proc_read, but "" when the file is not there (the process ended, the kernel lacks the file).
std::string proc_read_optional(const std::string &path);
std::string proc_link(const std::string &path);
Descriptor proc_open(const std::string &path, int flags);
bool proc_stat(const std::string &path, struct stat &out); // false when it isn't there
// Names of a directory that are numbers, ascending.
std::vector<int> proc_numbers(const std::string &path);
void append_children(pid_t pid, std::vector<pid_t> &out); // of all its threads

// "Key:<blank>value" lines, as in status and fdinfo.
using Fields = std::map<std::string, std::string, std::less<>>;
Fields parse_fields(const std::string &content);
const std::string &field(const Fields &fields, std::string_view key); // "" where there is none
std::string last_word(const std::string &value);
std::vector<std::string> split_words(const std::string &value);

// /proc/PID/stat after the command's closing bracket: stat_field(fields, 3) is the state, numbered as in proc(5).
std::vector<std::string> parse_stat(const std::string &content);
unsigned long long stat_number(const std::vector<std::string> &fields, size_t number);
