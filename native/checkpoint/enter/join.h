#pragma once
#include <sys/types.h>

// Joins the namespaces of the instance whose init this is, and makes its root the root. The caller's next child is in its pid
// namespace. Throws Failure.
void join_instance(pid_t init);
