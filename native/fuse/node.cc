#include "fuse/node.h"

void Node::note() {
  if (!record) return;   // the root is made anew
  record->ino = ino;
  record->type = type;
  record->kind = uint8_t(kind);
  record->layer = layer;
  record->extra_links = extra_links;
  record->lasting = lasting;
  record->successor = successor ? successor->id : 0;
}

void Node::hold_nameless(Fd object) {
  record->nameless = object.get();
  nameless = std::move(object);
}

void Node::drop_nameless() {
  record->nameless = 0;
  nameless.reset();
}

void Node::note_mapped(bool now) {
  mapped = now;
  record->mapped = now;
}
