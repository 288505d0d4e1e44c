// Memory stays bounded whatever is looked at: a scan of ten million files is forgotten again.
//
// A node is kept for as long as the kernel remembers the file, and the kernel doesn't know what that costs here: it forgets when the
// machine is short of memory, and the nodes are a part of what it is short of. So beyond a limit it is told to forget what nobody
// uses, in the order of a clock: what was asked for since the last round stays for one more.
#pragma once

namespace pruning {

// Begins, when there are too many nodes and it isn't under way. Called every other second or so.
void look();

}  // namespace pruning
