// Adverts that leave on time whatever JavaScript is doing: a thread sends packets that were made ahead, each at its time,
// for as long as its caller comes back to renew its leave to do so. Knows nothing of JavaScript, so that the sanitizers can
// run it alone (test/native).
#pragma once

#include <pthread.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <set>
#include <utility>
#include <vector>

namespace lvskeeper {

// Milliseconds of CLOCK_MONOTONIC.
double MonotonicMs();

struct BeatDestination {
  sockaddr_storage storage{};
  socklen_t length = 0;
};

// What has left since the last Hold().
struct BeatLeft {
  uint32_t adverts = 0;   // due and sent, or tried
  uint32_t failures = 0;  // of these, those that a destination was not sent
  int error = 0;          // errno of the last failure
  double sentMs = 0;      // when the last one left
  double nextMs = 0;      // when the next one is due
  double lastDelayMs = 0;
  double mostDelayMs = 0;
};

class BeatEngine;

// The adverts of one sender. All members of it belong to the engine's lock.
class Beat {
 public:
  // Takes the descriptor, and closes it at the end. `repeats`: the packets of one advert are sent again and again, over IPv4
  // each time with the number behind the last one of the advert before.
  Beat(BeatEngine& engine, int fd, std::vector<BeatDestination> destinations, bool repeats = false);
  ~Beat();
  Beat(const Beat&) = delete;
  Beat& operator=(const Beat&) = delete;

  // One more packet behind the others: an advert is one packet for each destination, in their order.
  void Append(const uint8_t* data, size_t size);
  // Forgets all packets.
  void Clear();
  // The first advert leaves at `dueMs`, each other `intervalMs` after the one before; none after `untilMs`.
  void Go(double dueMs, double intervalMs, double untilMs);
  // Moves the end of the leave; false when it is over, and for one that is held: then Go() has to say so.
  bool Renew(double untilMs);
  // Nothing leaves any more once this has returned.
  BeatLeft Hold();

 private:
  friend class BeatEngine;
  void Send(double now);
  void Number();
  // Into the engine's queue, or out of it.
  void Rank();

  BeatEngine& engine_;
  const int fd_;
  const std::vector<BeatDestination> destinations_;
  const bool repeats_;
  std::deque<std::vector<uint8_t>> packets_;
  bool armed_ = false;
  bool ranked_ = false;
  double rankMs_ = 0;
  double dueMs_ = 0;
  double intervalMs_ = 0;
  double untilMs_ = 0;
  BeatLeft left_;
};

// The thread and its lock. It lives as long as the process: nothing waits for the thread at the end.
class BeatEngine {
 public:
  BeatEngine();
  // 0, or a positive errno; to be called once, before all else.
  int Start();

 private:
  friend class Beat;
  class Lock {
   public:
    explicit Lock(BeatEngine& engine) : mutex_(engine.mutex_) { pthread_mutex_lock(&mutex_); }
    ~Lock() { pthread_mutex_unlock(&mutex_); }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

   private:
    pthread_mutex_t& mutex_;
  };

  static void* Run(void* self);
  [[noreturn]] void Loop();
  int priority_ = 0;  // realtime priority of the thread that started this one: it is not inherited
  pthread_mutex_t mutex_;
  pthread_cond_t changed_;
  // Until when the thread sleeps: it is woken only for what is due before that.
  double wakesMs_ = 0;
  // Those that are to send, by when.
  std::set<std::pair<double, Beat*>> queue_;
};

}  // namespace lvskeeper
