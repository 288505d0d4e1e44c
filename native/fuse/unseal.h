// Takes back a seal that went half-way.
#pragma once

// Moves what lies in the new upper back to its place in the old one, over the copies there, and empties the new one.
// Says in the log what it could not do.
void unseal(int new_root, int old_root);
