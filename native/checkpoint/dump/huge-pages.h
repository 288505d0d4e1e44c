// Memory in huge pages that the application asked for (MAP_HUGETLB, MFD_HUGETLB).
#pragma once
#include <cstdint>

#include "checkpoint/dump/instance.h"

// The size of an object's pages when they are huge ones, else 0.
uint64_t huge_page_of(int file);
// What the kernel takes it by, beside MAP_HUGETLB or MFD_HUGETLB: its power of two, from bit 26 on.
uint32_t huge_page_flags(uint64_t size);
// Notes the size with each of the mappings that are such memory; refuses those that can't be part of a template.
void find_huge_pages(Process &process);
