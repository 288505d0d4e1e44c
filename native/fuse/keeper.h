// The keeper: a process that does nothing but start a new server when the server was killed.
//
// It shares its table of descriptors with the server, so whatever the server has open stays open when it dies: the
// connections to the kernel, files without a name, layers, the memory in durable.h. Clients wait meanwhile. Its name
// isn't the server's, so that whoever ends the server by name doesn't end both.
//
// The server watches the keeper in turn. When the keeper was killed, the server becomes a keeper itself, by executing
// its program anew with all descriptors, and that one starts a new server.
#pragma once
#include <string>

namespace keeper {

// Starts servers for as long as they don't end by their own will, then ends. Returns in each new server.
void keep(int argc, char** argv);

// A descriptor that becomes readable when this server's keeper is gone. Throws Failure.
int watch();

// This process becomes a keeper. No other thread may be opening what must last. Returns only on failure.
void replace();

}  // namespace keeper
