// What is left of scripts whose own process that runs scripts has ended: their time has nobody else to end it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "script_family.h"

namespace lvskeeper {

class Orphans {
 public:
  // A ScriptStart as it comes in a packet.
  void Add(const char* start, size_t length, int64_t nowMs);
  void Kill(int64_t nowMs);
  // INT64_MAX: there is nothing to be done.
  int64_t NextMs() const;
  bool IsEmpty() const { return orphans_.empty(); }

 private:
  struct Orphan {
    Member leader;
    uint64_t run;
    std::vector<Member> known;
    int64_t killMs;
    int kills;
  };

  std::vector<Orphan> orphans_;
};

}  // namespace lvskeeper
