// Whose turn it is to look for a view's requests.
//
// One thread looks as long as what is asked for is quick: to wake another for each request costs more than the request. Others
// are let in before what may block, and when many requests in a row are slow, or processors are free for them.
#pragma once
#include "fuse/protocol.h"
#include "fuse/view.h"

namespace pool {

class Turn {
 public:
  Turn(View& view, const void* thread);   // `thread`: any address of its own
  ~Turn();
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  // Whether no other thread looks. Whoever began later goes on, should two have begun.
  bool mine();
  void begins(const fuse_in_header& request);
  // The answer is about to be sent: after what might have taken long and didn't, the next request wakes nobody.
  void answers();
  void rests() { in_a_row_ = 0; }

 private:
  void share();
  bool slow();

  View& view_;
  const void* thread_;
  bool alone_ = true, lent_ = false;
  int in_a_row_ = 0;
  uint64_t began_ = 0;   // the first of these, ns
};

}  // namespace pool
