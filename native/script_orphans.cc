#include "script_orphans.h"

#include <signal.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "script_wire.h"

namespace lvskeeper {

namespace {

constexpr int64_t kKillAgainMs = 50;
constexpr int kMostKills = 20;

}  // namespace

void Orphans::Add(const char* packet, size_t length, int64_t nowMs) {
  ScriptStart start;
  if (length != sizeof start) return;
  memcpy(&start, packet, sizeof start);
  const uint64_t ticks = static_cast<uint64_t>(start.startTicksHigh) << 32 | start.startTicksLow;
  const uint64_t run = static_cast<uint64_t>(start.runHigh) << 32 | start.runLow;
  if (start.pid > 1) orphans_.push_back({{static_cast<pid_t>(start.pid), ticks}, run, {}, nowMs, 0});
}

// One by one, since a process group whose leader is reaped could be another's by the time of the signal; and again, since they
// may multiply meanwhile.
void Orphans::Kill(int64_t nowMs) {
  std::unique_ptr<ProcessTable> processes;
  for (auto at = orphans_.begin(); at != orphans_.end();) {
    if (at->killMs > nowMs) {
      ++at;
      continue;
    }
    if (!processes) processes = std::make_unique<ProcessTable>();
    const std::vector<Member> marked = processes->Marked(at->run);
    at->known.insert(at->known.end(), marked.begin(), marked.end());
    at->known = processes->Left(at->leader, at->known);
    for (const Member& member : at->known) SignalMember(member, SIGKILL);
    at->killMs = nowMs + kKillAgainMs;
    at = at->known.empty() || ++at->kills > kMostKills ? orphans_.erase(at) : at + 1;
  }
}

int64_t Orphans::NextMs() const {
  int64_t next = INT64_MAX;
  for (const Orphan& orphan : orphans_) next = std::min(next, orphan.killMs);
  return next;
}

}  // namespace lvskeeper
