// How often to look again for a request before sleeping. Of one who asks and asks, the next comes at once, and to look costs less
// than to sleep and wake; of one who computes in between (a compiler), looking takes the processor from those who could use it.
#pragma once

class Patience {
 public:
  bool look_again() {
    if (looked_ < most_) return ++looked_, true;
    most_ = ++vain_ % in_vain == 0 ? looks : most_ / 2;
    looked_ = 0;
    return false;
  }
  void came() {
    if (looked_) most_ = looks, vain_ = 0;
    looked_ = 0;
  }

 private:
  static constexpr int looks = 20;
  static constexpr int in_vain = 32;   // after how many times that looking didn't pay it is tried again

  int most_ = looks, looked_ = 0, vain_ = 0;
};
