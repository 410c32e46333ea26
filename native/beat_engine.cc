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

Beat::Beat(BeatEngine& engine, int fd, std::vector<BeatDestination> destinations)
    : engine_(engine), fd_(fd), destinations_(std::move(destinations)) {
  BeatEngine::Lock lock(engine_);
  engine_.beats_.push_back(this);
}

Beat::~Beat() {
  {
    BeatEngine::Lock lock(engine_);
    engine_.beats_.erase(std::remove(engine_.beats_.begin(), engine_.beats_.end(), this), engine_.beats_.end());
  }
  close(fd_);
}

void Beat::Append(const uint8_t* data, size_t size) {
  BeatEngine::Lock lock(engine_);
  packets_.emplace_back(data, data + size);
}

void Beat::Clear() {
  BeatEngine::Lock lock(engine_);
  packets_.clear();
}

void Beat::Go(double dueMs, double intervalMs, double untilMs) {
  BeatEngine::Lock lock(engine_);
  dueMs_ = dueMs;
  intervalMs_ = intervalMs;
  untilMs_ = untilMs;
  armed_ = true;
  if (dueMs < engine_.wakesMs_) pthread_cond_signal(&engine_.changed_);
}

BeatLeft Beat::Hold() {
  BeatEngine::Lock lock(engine_);
  armed_ = false;
  BeatLeft left = left_;
  left.nextMs = dueMs_;
  left_ = {};
  return left;
}

void Beat::Send(double now) {
  int failed = 0;
  for (const BeatDestination& to : destinations_) {
    const std::vector<uint8_t>& packet = packets_.front();
    const auto* address = reinterpret_cast<const sockaddr*>(&to.storage);
    ssize_t sent;
    do sent = sendto(fd_, packet.data(), packet.size(), MSG_DONTWAIT | MSG_NOSIGNAL, address, to.length);
    while (sent < 0 && errno == EINTR);
    if (sent < 0) failed = errno;
    packets_.pop_front();
  }
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
}

BeatEngine::BeatEngine() {
  pthread_mutex_init(&mutex_, nullptr);
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

Beat* BeatEngine::Earliest() const {
  Beat* earliest = nullptr;
  for (Beat* beat : beats_)
    if (beat->armed() && (earliest == nullptr || beat->dueMs_ < earliest->dueMs_)) earliest = beat;
  return earliest;
}

void BeatEngine::Loop() {
  for (;;) {
    Lock lock(*this);  // given back after each advert, so that many that are due do not keep JavaScript waiting
    wakesMs_ = kAwakeMs;
    Beat* next = Earliest();
    if (next == nullptr) {
      wakesMs_ = kNeverMs;
      pthread_cond_wait(&changed_, &mutex_);
      continue;
    }
    const double now = MonotonicMs();
    if (now >= next->dueMs_) {
      if (now <= next->untilMs_) next->Send(now);
      else next->armed_ = false;  // its caller stands still: others must be able to take over
      continue;
    }
    wakesMs_ = next->dueMs_;
    const timespec until = TimespecOf(wakesMs_);
    pthread_cond_timedwait(&changed_, &mutex_, &until);
  }
}

}  // namespace lvskeeper
