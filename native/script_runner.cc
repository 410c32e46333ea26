#include "script_runner.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "script_child.h"

namespace lvskeeper {

namespace {

constexpr int64_t kKillGraceMs = 2000;  // between SIGTERM and SIGKILL, as keepalived
constexpr int64_t kKillAgainMs = 50;
constexpr int kMostKills = 20;
constexpr int64_t kGiveUpMs = 1000;     // a process that SIGKILL does not end waits for a disk
// A script that writes without end is read so fast and no faster: its output must not keep this process from the others.
constexpr uint64_t kFastBytes = 256 * 1024;
constexpr int64_t kSlowMs = 20;
constexpr size_t kPipeBytes = 64 * 1024;
// Pipes that programs hold which a script has left running.
constexpr size_t kMostLingering = 64;
constexpr int kPacketsAtOnce = 32;
constexpr uint64_t kOwnerKey = 1;
constexpr uint64_t kSignalsKey = 2;

int64_t NowMs() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
}

bool Watch(int epoll, int operation, int fd, uint32_t events, uint64_t key) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = key;
  return epoll_ctl(epoll, operation, fd, &event) == 0;
}

}  // namespace

int ScriptRunner::Run() {
  if (Open() < 0) return 1;
  while (owner_ >= 0 || !scripts_.empty() || !orphans_.IsEmpty()) {
    epoll_event events[64];
    const int count = epoll_wait(epoll_, events, 64, TimeoutMs(NowMs()));
    if (count < 0 && errno != EINTR) return 1;
    // What has happened comes before what is late: this process may have been held up itself.
    const int64_t nowMs = NowMs();
    for (int i = 0; i < count; ++i) {
      const uint64_t key = events[i].data.u64;
      if (key == kOwnerKey) {
        ReadOwner();
      } else if (key == kSignalsKey) {
        NoteDeaths();
      } else if (const auto at = scripts_.find(key); at != scripts_.end()) {
        ReadOutput(*at->second, nowMs);
      }
    }
    Expire(NowMs());
    Flush();
    Forget();
  }
  return 0;
}

int ScriptRunner::Open() {
  // Whoever ends the director ends it in order: the owner goes last, and says so by closing its end.
  for (const int ignored : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE, SIGUSR1, SIGUSR2}) signal(ignored, SIG_IGN);
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  sigprocmask(SIG_SETMASK, &child, nullptr);
  signals_ = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  if (signals_ < 0 || epoll_ < 0) return -1;
  // Without random numbers, early in a start, the time tells two of these processes apart.
  if (getrandom(&marks_, sizeof marks_, GRND_NONBLOCK) < 0) marks_ = static_cast<uint64_t>(getpid()) << 40 ^ static_cast<uint64_t>(NowMs()) << 16;
  fcntl(owner_, F_SETFD, FD_CLOEXEC);
  fcntl(owner_, F_SETFL, O_NONBLOCK);
  const bool watched = Watch(epoll_, EPOLL_CTL_ADD, owner_, EPOLLIN, kOwnerKey) &&
                       Watch(epoll_, EPOLL_CTL_ADD, signals_, EPOLLIN, kSignalsKey);
  return watched ? 0 : -1;
}

void ScriptRunner::ReadOwner() {
  static char packet[kMaxPacketBytes];
  for (int i = 0; i < kPacketsAtOnce && owner_ >= 0; ++i) {
    const ssize_t length = recv(owner_, packet, sizeof packet, 0);
    if (length > 0) {
      Obey(packet, static_cast<size_t>(length));
    } else if (length == 0 || (errno != EAGAIN && errno != EINTR)) {
      OwnerGone();
    } else {
      return;
    }
  }
}

void ScriptRunner::Obey(const char* packet, size_t length) {
  ScriptRequest request;
  if (length < sizeof request) return;
  memcpy(&request, packet, sizeof request);
  const char* rest = packet + sizeof request;
  if (request.ask == Ask::kRun) return Start(request, rest, length - sizeof request);
  if (request.ask == Ask::kPing) return Send({request.id, How::kPong, 0}, {});
  if (request.ask == Ask::kSweep) return orphans_.Add(rest, length - sizeof request, NowMs());
  if (request.ask != Ask::kEnd) return;
  for (auto& [key, script] : scripts_)
    if (script->id == request.id && !script->dead) End(*script, How::kCancelled, NowMs());
}

void ScriptRunner::Start(const ScriptRequest& request, const char* rest, size_t length) {
  auto script = std::make_unique<Script>();
  script->id = request.id;
  script->flags = request.flags;
  script->keepBytes = std::min(request.keepBytes, kMaxKeepBytes);
  script->key = ++lastKey_;
  const uint64_t run = request.flags & kLimited ? marks_ + script->key : 0;
  ScriptProgram program{{}, {}, request.uid, request.gid, request.flags, run};
  const size_t groupBytes = request.groups * sizeof(gid_t);
  const bool isWhole = request.groups < kMaxPacketBytes / sizeof(gid_t) && length > groupBytes && rest[length - 1] == '\0';
  if (!isWhole) return Tell(*script, How::kNotStarted, EINVAL);
  program.groups.resize(request.groups);
  if (groupBytes > 0) memcpy(program.groups.data(), rest, groupBytes);
  std::string words(rest + groupBytes, length - groupBytes);
  for (size_t at = 0; at < words.size(); at += strlen(&words[at]) + 1) program.argv.push_back(&words[at]);
  program.argv.push_back(nullptr);

  const Started started = StartScript(program);
  if (started.pid < 0) return Tell(*script, How::kNotStarted, static_cast<uint32_t>(-started.pid));
  script->pid = started.pid;
  script->outputFd = started.outputFd;
  script->failureFd = started.failureFd;
  const int64_t nowMs = NowMs();
  if (request.timeLimitMs > 0) script->limitMs = nowMs + request.timeLimitMs;
  if (Watch(epoll_, EPOLL_CTL_ADD, script->outputFd, EPOLLIN, script->key)) {
    const uint64_t ticks = ProcessTable::StartOf(script->pid);
    const ScriptStart start{static_cast<uint32_t>(script->pid), static_cast<uint32_t>(ticks), static_cast<uint32_t>(ticks >> 32),
                            static_cast<uint32_t>(run), static_cast<uint32_t>(run >> 32)};
    Send({script->id, How::kStarted, 0}, std::string(reinterpret_cast<const char*>(&start), sizeof start));
  } else {
    // Nobody would read what it writes, so that it would wait for ever, and be late without a fault of its own.
    Tell(*script, How::kNotStarted, static_cast<uint32_t>(errno));
    script->ended = How::kCancelled;
    script->limitMs = 0;
    CloseOutput(*script);
    Kill(*script, nowMs);
  }
  scripts_.emplace(script->key, std::move(script));
}

void ScriptRunner::OwnerGone() {
  close(owner_);
  owner_ = -1;
  unsent_.clear();
  for (auto& [key, script] : scripts_)
    if (script->flags & kEndWithOwner && !script->dead) End(*script, How::kCancelled, NowMs());
}

void ScriptRunner::End(Script& script, How why, int64_t nowMs) {
  if (script.ended != How::kExited) return;
  script.ended = why;
  script.limitMs = 0;
  script.killMs = nowMs + kKillGraceMs;
  Signal(script, SIGTERM);
}

void ScriptRunner::Kill(Script& script, int64_t nowMs) {
  Signal(script, SIGKILL);
  // What has left the group is killed one by one, and may multiply meanwhile.
  script.killMs = script.outside.empty() || ++script.kills > kMostKills ? 0 : nowMs + kKillAgainMs;
  if (!script.dead && !script.told && script.giveUpMs == 0) script.giveUpMs = nowMs + kGiveUpMs;
}

// Its process group, and what has left that. As long as the script is not reaped nobody else has its number.
void ScriptRunner::Signal(Script& script, int signal) {
  if (script.reaped) return;
  // Looked for first: when their parent is gone nothing tells whose they are.
  if (!processes_) processes_ = std::make_unique<ProcessTable>();
  script.outside = processes_->Outside(script.pid, script.outside);
  if (kill(-script.pid, signal) < 0) kill(script.pid, signal); // it has no group yet: the signal waits for it
  for (const Member& member : script.outside) SignalMember(member, signal);
}

void ScriptRunner::NoteDeaths() {
  signalfd_siginfo drained[16];
  while (read(signals_, drained, sizeof drained) > 0) continue;
  for (auto& [key, script] : scripts_) NoteDeath(*script);
}

// Whether it has ended.
bool ScriptRunner::NoteDeath(Script& script) {
  if (script.dead) return true;
  siginfo_t info{};
  // Not reaped yet: that would free its number, which its process group still goes by.
  if (waitid(P_PID, static_cast<id_t>(script.pid), &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid != script.pid)
    return false;
  OnDeath(script);
  return true;
}

void ScriptRunner::OnDeath(Script& script) {
  script.dead = true;
  script.limitMs = script.giveUpMs = 0;
  ReadOutput(script, NowMs()); // all that it has written itself is in the pipe by now, and no more than the pipe holds
  siginfo_t info{};
  waitid(P_PID, static_cast<id_t>(script.pid), &info, WEXITED | WNOHANG | WNOWAIT);
  int failure = 0;
  const bool notStarted = read(script.failureFd, &failure, sizeof failure) == sizeof failure;
  const auto value = static_cast<uint32_t>(info.si_status);
  if (script.ended != How::kExited) return Tell(script, script.ended, 0);
  if (notStarted) return Tell(script, How::kNotStarted, static_cast<uint32_t>(failure));
  Tell(script, info.si_code == CLD_EXITED ? How::kExited : How::kSignalled, value);
}

void ScriptRunner::ReadOutput(Script& script, int64_t nowMs) {
  static char bytes[kPipeBytes];
  if (script.outputFd < 0) return;
  const ssize_t length = read(script.outputFd, bytes, sizeof bytes);
  if (length == 0) return CloseOutput(script);
  if (length < 0) return;
  script.readBytes += static_cast<uint64_t>(length);
  if (!script.told) {
    script.output.append(bytes, static_cast<size_t>(length));
    if (script.output.size() > script.keepBytes) script.output.erase(0, script.output.size() - script.keepBytes);
  }
  if (script.readBytes > kFastBytes && script.readAgainMs == 0) Pause(script, nowMs + kSlowMs);
}

void ScriptRunner::CloseOutput(Script& script) {
  if (script.outputFd >= 0) close(script.outputFd);
  script.outputFd = -1;
  script.readAgainMs = 0;
}

// It stays watched, for nothing: what is not taken away cannot be refused when it is wanted again.
void ScriptRunner::Pause(Script& script, int64_t untilMs) {
  script.readAgainMs = untilMs;
  Watch(epoll_, EPOLL_CTL_MOD, script.outputFd, 0, script.key);
}

void ScriptRunner::Expire(int64_t nowMs) {
  processes_.reset();
  for (auto& [key, script] : scripts_) {
    // One that has ended in time is not late because this process is.
    if (script->limitMs != 0 && script->limitMs <= nowMs && !NoteDeath(*script)) End(*script, How::kTimeout, nowMs);
    if (script->killMs != 0 && script->killMs <= nowMs) Kill(*script, nowMs);
    if (script->giveUpMs != 0 && script->giveUpMs <= nowMs) {
      script->giveUpMs = 0;
      Tell(*script, script->ended, 0);
    }
    if (script->readAgainMs != 0 && script->readAgainMs <= nowMs) {
      script->readAgainMs = 0;
      Watch(epoll_, EPOLL_CTL_MOD, script->outputFd, EPOLLIN, key);
    }
  }
  orphans_.Kill(nowMs);
}

// Those of whom nothing is left to be done.
void ScriptRunner::Forget() {
  size_t lingering = 0;
  for (auto at = scripts_.rbegin(); at != scripts_.rend(); ++at) {
    Script& script = *at->second;
    if (!script.told || script.outputFd < 0) continue;
    if (owner_ < 0 || ++lingering > kMostLingering) CloseOutput(script);
  }
  for (auto at = scripts_.begin(); at != scripts_.end();) {
    Script& script = *at->second;
    if (script.dead && !script.reaped && script.killMs == 0) {
      waitpid(script.pid, nullptr, WNOHANG);
      script.reaped = true;
    }
    if (script.reaped && script.outputFd < 0) {
      close(script.failureFd);
      at = scripts_.erase(at);
    } else {
      ++at;
    }
  }
}

void ScriptRunner::Tell(Script& script, How how, uint32_t value) {
  if (script.told) return;
  script.told = true;
  Send({script.id, how, value}, script.output);
  script.output = std::string();
}

void ScriptRunner::Send(const ScriptAnswer& answer, const std::string& rest) {
  if (owner_ >= 0) unsent_.push_back(std::string(reinterpret_cast<const char*>(&answer), sizeof answer) + rest);
}

void ScriptRunner::Flush() {
  while (owner_ >= 0 && !unsent_.empty()) {
    const std::string& packet = unsent_.front();
    if (send(owner_, packet.data(), packet.size(), MSG_NOSIGNAL) < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN) OwnerGone();
      break;
    }
    unsent_.pop_front();
  }
  if (owner_ < 0 || unsent_.empty() == !blocked_) return;
  blocked_ = !unsent_.empty();
  Watch(epoll_, EPOLL_CTL_MOD, owner_, blocked_ ? EPOLLIN | EPOLLOUT : EPOLLIN, kOwnerKey);
}

int ScriptRunner::TimeoutMs(int64_t nowMs) const {
  int64_t next = orphans_.NextMs();
  for (const auto& [key, script] : scripts_)
    for (const int64_t at : {script->limitMs, script->killMs, script->giveUpMs, script->readAgainMs})
      if (at != 0) next = std::min(next, at);
  if (next == INT64_MAX) return -1;
  return static_cast<int>(std::clamp<int64_t>(next - nowMs, 0, 60'000));
}

}  // namespace lvskeeper

int main() { return lvskeeper::ScriptRunner(lvskeeper::kOwnerFd).Run(); }
