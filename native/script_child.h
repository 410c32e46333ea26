// One script, from fork to exec.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace lvskeeper {

struct Started {
  pid_t pid;     // or -errno
  int outputFd;  // what it writes; non-blocking
  int failureFd; // holds an errno where the program could not be executed, once the child has ended
};

struct ScriptProgram {
  std::vector<char*> argv;  // a null pointer at its end
  std::vector<gid_t> groups;
  uint32_t uid;
  uint32_t gid;
  uint32_t flags;
  uint64_t run;  // its mark, where it is a check
};

// Starts it as the leader of a session and process group of its own. Never waits for exec(2): a program on a file system that
// hangs holds up its own child and nobody else.
Started StartScript(const ScriptProgram& program);

}  // namespace lvskeeper
