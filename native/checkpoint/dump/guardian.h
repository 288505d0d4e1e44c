// Work that must be finished once it is begun, because the application would be left damaged half-way: done by a child, which goes on
// when this program is killed.
#pragma once
#include <functional>
#include <string>

// The work's result, handed over. Its failure becomes this program's.
std::string in_guardian(const std::function<std::string()> &work);
