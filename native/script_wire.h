// What the process that runs scripts is told, and what it tells: one packet each, in the byte order of this machine
// (src/script/wire.ts has the same).
#pragma once

#include <cstdint>

namespace lvskeeper {

enum class Ask : uint32_t { kRun = 1, kEnd, kPing, kSweep };

// Behind it come the ids of `groups`, and the arguments, each with a zero byte at its end; of kEnd and kPing nothing, and of
// kSweep a ScriptStart: what is left of a script that a process like this one ran, which has ended.
struct ScriptRequest {
  Ask ask;
  uint32_t id;
  uint32_t flags;
  uint32_t timeLimitMs;  // 0: none
  uint32_t keepBytes;    // of the end of its output
  uint32_t uid;          // kNobody: as this process
  uint32_t gid;
  uint32_t groups;
};
static_assert(sizeof(ScriptRequest) == 32);

constexpr uint32_t kNobody = 0xffffffff;

// Flags of a request.
constexpr uint32_t kNoNewPrivileges = 1;
constexpr uint32_t kLimited = 2;       // RLIMIT_* for a program that only looks at something
constexpr uint32_t kKeepStdout = 4;    // standard output is read beside standard error, and not /dev/null
constexpr uint32_t kEndWithOwner = 8;  // ended when nobody is left to be told of it

enum class How : uint32_t { kExited = 1, kSignalled, kTimeout, kCancelled, kNotStarted, kStarted, kPong };

// Behind it comes the end of its output; of kStarted, which comes before another answer, a ScriptStart; of kPong nothing.
struct ScriptAnswer {
  uint32_t id;
  How how;
  uint32_t value;  // exit status, signal, or errno
};
static_assert(sizeof(ScriptAnswer) == 12);

// A process, told from a later one of the same number. Its session and its process group have its number too. `run` is that
// of its mark (kMarkName), 0: it has none.
struct ScriptStart {
  uint32_t pid;
  uint32_t startTicksLow;
  uint32_t startTicksHigh;
  uint32_t runLow;
  uint32_t runHigh;
};
static_assert(sizeof(ScriptStart) == 20);

// The environment variable of a check, 16 hexadecimal digits, no two alike: whoever has it was started by that check.
constexpr char kMarkName[] = "LVSKEEPER_CHECK";

constexpr int kOwnerFd = 3;
constexpr uint32_t kMaxPacketBytes = 128 * 1024;
constexpr uint32_t kMaxKeepBytes = 32 * 1024;

}  // namespace lvskeeper
