// Messages to the kernel that nobody asked for.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

// The node's attributes are to be asked for anew.
void notify_attributes(int device, uint64_t node);
// Puts a file's contents into the kernel's cache.
void notify_contents(int device, uint64_t node, const void* data, size_t size);
// The kernel is to forget those of these nodes that nobody uses. False where it can't be told so (before Linux 6.18).
bool notify_unused(int device, std::span<const uint64_t> nodes);
