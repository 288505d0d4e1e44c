// Virtual ids where the preload library binds them (mode=preload): read from the AID's table, and claimed there for what the application has
// never asked for. Without that mechanism the kernel's namespaces tell them, and `on` is false.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "checkpoint/dump/records.h"
#include "shared/table.h"

namespace ids {

struct Object { int virtual_id, system; };

void open(const std::string &table); // "" = none; a host path, so before the instance's root is entered
bool on();
pid_t claim(pid_t system);                             // of a process or thread of the instance
pid_t shown(pid_t system);                             // 1 for its init, 0 for what is none of its; also one that has ended
int object_shown(table_id_type type, int system);      // -1: another's
std::vector<Object> objects(table_id_type type);
void removed(table_id_type type, int system);           // an object of the instance is no more
int32_t key_shown(int32_t system);
void translate_sender(char *siginfo);                  // the pid in a siginfo_t, where there is one
void translate_call(uint64_t number, uint64_t &first, uint64_t &second); // the arguments of a call that is about to be made
void translate_path(std::string &path);                // the process that a path below /proc names
void record(Records &records);

}  // namespace ids
