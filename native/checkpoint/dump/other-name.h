// Files that are open or mapped by a name that is gone, while another is there: sem_open links a file to its name and removes the first one.
#pragma once
#include <sys/types.h>

#include <string>

// The other name, as far as it is in the directory of the old one; "" otherwise.
std::string other_name(const std::string &old, dev_t dev, ino_t ino);
