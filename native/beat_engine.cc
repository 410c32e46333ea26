#include "beat_engine.h"

#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <ctime>
#include <limits>

namespace lvskeeper {

namespace {

constexpr double kNsPerMs = 1e6;
constexpr long kNsPerS = 1'000'000'000;
constexpr double kAwakeMs = -std::numeric_limits<double>::infinity();
constexpr double kNeverMs = std::numeric_limits<double>::infinity();
constexpr size_t kIpv4HeaderBytes = 20;
constexpr size_t kNumbers = 0xffff;
constexpr size_t kStackBytes = 128 * 1024;

timespec TimespecOf(double ms) {
  const double s = std::floor(ms / 1000);
  const long ns = std::min(kNsPerS - 1, static_cast<long>((ms - s * 1000) * kNsPerMs));
  return {static_cast<time_t>(s), ns};
}

}  // namespace

double MonotonicMs() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) * 1000 + static_cast<double>(now.tv_nsec) / kNsPerMs;
}

Beat::Beat(BeatEngine& engine, int fd, std::vector<BeatDestination> destinations, bool repeats)
    : engine_(engine), fd_(fd), destinations_(std::move(destinations)), repeats_(repeats) {}

Beat::~Beat() {
  {
    BeatEngine::Lock lock(engine_);
    armed_ = false;
    Rank();
  }
  close(fd_);
}

void Beat::Append(const uint8_t* data, size_t size) {
  BeatEngine::Lock lock(engine_);
  packets_.emplace_back(data, data + size);
  Rank();
}

void Beat::Clear() {
  BeatEngine::Lock lock(engine_);
  packets_.clear();
  Rank();
}

void Beat::Go(double dueMs, double intervalMs, double untilMs) {
  BeatEngine::Lock lock(engine_);
  dueMs_ = dueMs;
  intervalMs_ = intervalMs;
  untilMs_ = untilMs;
  armed_ = true;
  Rank();
  if (dueMs < engine_.wakesMs_) pthread_cond_signal(&engine_.changed_);
}

bool Beat::Renew(double untilMs) {
  BeatEngine::Lock lock(engine_);
  if (!armed_ || MonotonicMs() > untilMs_) return false;
  untilMs_ = untilMs;
  return true;
}

BeatLeft Beat::Hold() {
  BeatEngine::Lock lock(engine_);
  armed_ = false;
  Rank();
  BeatLeft left = left_;
  left.nextMs = dueMs_;
  left_ = {};
  return left;
}

void Beat::Send(double now) {
  int failed = 0;
  for (size_t i = 0; i < destinations_.size(); i++) {
    const BeatDestination& to = destinations_[i];
    const std::vector<uint8_t>& packet = packets_[i];
    const auto* address = reinterpret_cast<const sockaddr*>(&to.storage);
    ssize_t sent;
    do sent = sendto(fd_, packet.data(), packet.size(), MSG_DONTWAIT | MSG_NOSIGNAL, address, to.length);
    while (sent < 0 && errno == EINTR);
    if (sent < 0) failed = errno;
  }
  if (repeats_) Number();
  else packets_.erase(packets_.begin(), packets_.begin() + static_cast<long>(destinations_.size()));
  left_.adverts++;
  if (failed != 0) {
    left_.failures++;
    left_.error = failed;
  }
  left_.sentMs = now;
  left_.lastDelayMs = now - dueMs_;
  left_.mostDelayMs = std::max(left_.mostDelayMs, left_.lastDelayMs);
  // An advert that was missed is not made up for: two at once tell a peer no more than one.
  const double onTime = dueMs_ + intervalMs_;
  dueMs_ = onTime > now ? onTime : now + intervalMs_;
  Rank();
}

// RFC 791 §3.1: the identification, of which the kernel makes the header's checksum anew (raw(7)). It would choose one for 0.
void Beat::Number() {
  for (size_t i = 0; i < destinations_.size(); i++) {
    std::vector<uint8_t>& packet = packets_[i];
    if (packet.size() < kIpv4HeaderBytes || packet[0] >> 4 != 4) continue;
    const size_t before = static_cast<size_t>(packet[4]) << 8 | packet[5];
    const size_t id = (before + kNumbers - 1 + destinations_.size()) % kNumbers + 1;
    packet[4] = static_cast<uint8_t>(id >> 8);
    packet[5] = static_cast<uint8_t>(id);
  }
}

void Beat::Rank() {
  auto& queue = engine_.queue_;
  const bool ranks = armed_ && packets_.size() >= destinations_.size();
  if (ranked_ && ranks && rankMs_ == dueMs_) return;
  if (ranked_) queue.erase({rankMs_, this});
  ranked_ = ranks;
  rankMs_ = dueMs_;
  if (ranks) queue.insert({rankMs_, this});
}

BeatEngine::BeatEngine() {
  // Whoever holds the lock runs before all that the waiting thread runs before: with a busy program between the two it would
  // wait for that one's turn to end.
  pthread_mutexattr_t inherits;
  pthread_mutexattr_init(&inherits);
  pthread_mutexattr_setprotocol(&inherits, PTHREAD_PRIO_INHERIT);
  pthread_mutex_init(&mutex_, &inherits);
  pthread_mutexattr_destroy(&inherits);
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&changed_, &attributes);
  pthread_condattr_destroy(&attributes);
}

int BeatEngine::Start() {
  sched_param parameters{};
  if (sched_getparam(0, &parameters) == 0) priority_ = parameters.sched_priority;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  // Signals are for the thread that runs JavaScript.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  const int failed = pthread_create(&thread, &attributes, Run, this);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  if (failed == 0) pthread_setname_np(thread, "vrrp-beat");
  return failed;
}

void* BeatEngine::Run(void* self) {
  auto* engine = static_cast<BeatEngine*>(self);
  prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
  // Before all that wants processor time, since it wants next to none: refused without CAP_SYS_NICE, and then it does without.
  sched_param parameters{};
  parameters.sched_priority = std::max(engine->priority_, 1);
  sched_setscheduler(0, SCHED_RR, &parameters);
  engine->Loop();
}

void BeatEngine::Loop() {
  for (;;) {
    Lock lock(*this);  // given back after each advert, so that many that are due do not keep JavaScript waiting
    wakesMs_ = kAwakeMs;
    if (queue_.empty()) {
      wakesMs_ = kNeverMs;
      pthread_cond_wait(&changed_, &mutex_);
      continue;
    }
    Beat* next = queue_.begin()->second;
    const double now = MonotonicMs();
    if (now >= next->dueMs_) {
      if (now <= next->untilMs_) {
        next->Send(now);
        continue;
      }
      next->armed_ = false;  // its caller stands still: others must be able to take over
      next->Rank();
      continue;
    }
    wakesMs_ = next->dueMs_;
    const timespec until = TimespecOf(wakesMs_);
    pthread_cond_timedwait(&changed_, &mutex_, &until);
  }
}

}  // namespace lvskeeper
