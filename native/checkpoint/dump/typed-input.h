// What was typed into a terminal and nobody has read yet.
#pragma once
#include <string>

#include "checkpoint/dump/description.h"

// Taken out line by line, as RECORD_TYPED has them, and put back as it was. "" when there is none. master and slave: the
// application's, open here. Refuses what can't be put back.
std::string typed_input(const Description &description, int master, int slave, uint32_t index);
