// Who a script has started, as far as /proc tells.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace lvskeeper {

// A process, told from a later one of the same number by its start.
struct Member {
  pid_t pid;
  uint64_t startTicks;
};

// Sends it a signal, and nobody else who has its number by now.
void SignalMember(const Member& member, int signal);

// All processes of this machine, read once.
class ProcessTable {
 public:
  ProcessTable();
  // Those of the session that `leader` leads, `known` ones that are still there, and all that descends from them; without
  // those of the process group of `leader`, which one signal reaches.
  std::vector<Member> Outside(pid_t leader, const std::vector<Member>& known) const;
  // Those of the session that `leader` has led, who may have ended, and all that descends from them and from `known`. Nobody
  // of that session where its number is another's: the kernel gives it away only when nobody is left of that session.
  std::vector<Member> Left(const Member& leader, const std::vector<Member>& known) const;
  // Those with the mark of this run in the environment that they were executed with.
  std::vector<Member> Marked(uint64_t run) const;
  // 0: there is no such process.
  static uint64_t StartOf(pid_t pid);

 private:
  struct Row {
    Member member;
    pid_t parent;
    pid_t group;
    pid_t session;
  };
  std::vector<const Row*> Family(pid_t leader, const std::vector<Member>& known) const;

  std::vector<Row> rows_;
};

}  // namespace lvskeeper
