// The process that runs scripts. It is small, so that a fork copies next to nothing, and whatever a script does or a file
// system does not, only this process waits. It reads the network never, and files only in /proc.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "script_family.h"
#include "script_orphans.h"
#include "script_wire.h"

namespace lvskeeper {

class ScriptRunner {
 public:
  explicit ScriptRunner(int ownerFd) : owner_(ownerFd) {}
  // Until the owner is gone, and the scripts that it has left behind have ended. The exit status.
  int Run();

 private:
  // A run that is told of lives on: while its pipe is open, so that what the script left running may write on, and while
  // its process group is still to be killed.
  struct Script {
    uint64_t key = 0;  // of the pipe that is watched
    uint32_t id;
    uint32_t flags;
    uint32_t keepBytes;
    pid_t pid;
    int outputFd;
    int failureFd;
    std::string output;
    uint64_t readBytes = 0;
    int64_t readAgainMs = 0;  // 0: the pipe is watched
    int64_t limitMs = 0;      // 0: none
    int64_t killMs = 0;       // once it was told to end
    int64_t giveUpMs = 0;     // once it was killed
    How ended = How::kExited;  // kTimeout, kCancelled: why it was told to end
    int kills = 0;
    std::vector<Member> outside;
    bool dead = false;    // it has ended, and may not be reaped yet
    bool reaped = false;  // its number may be another's
    bool told = false;
  };

  int Open();
  void ReadOwner();
  void Obey(const char* packet, size_t length);
  void Start(const ScriptRequest& request, const char* rest, size_t length);
  void OwnerGone();
  void End(Script& script, How why, int64_t nowMs);
  void Kill(Script& script, int64_t nowMs);
  void Signal(Script& script, int signal);
  void NoteDeaths();
  bool NoteDeath(Script& script);
  void OnDeath(Script& script);
  void ReadOutput(Script& script, int64_t nowMs);
  void CloseOutput(Script& script);
  void Pause(Script& script, int64_t untilMs);
  void Expire(int64_t nowMs);
  void Forget();
  void Tell(Script& script, How how, uint32_t value);
  void Send(const ScriptAnswer& answer, const std::string& rest);
  void Flush();
  int TimeoutMs(int64_t nowMs) const;

  int owner_;
  int epoll_ = -1;
  int signals_ = -1;
  uint64_t lastKey_ = 2;  // 1 and 2 are the owner and the signals
  uint64_t marks_ = 0;    // that of a check is its key above this
  std::map<uint64_t, std::unique_ptr<Script>> scripts_;
  Orphans orphans_;
  std::deque<std::string> unsent_;
  bool blocked_ = false;  // the owner does not read
  std::unique_ptr<ProcessTable> processes_;  // of the moment
};

}  // namespace lvskeeper
