// Cases for native/beat_engine.cc, run under the sanitizers by beat-engine.test.ts: packets to a UDP socket on loopback, each
// with the number of its advert. Ends with 0 and a line for each case that held; the first that does not ends it with 1.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "beat_engine.h"
#include "must.h"

using namespace lvskeeper;

namespace {

// A socket that counts what comes, and where to send it.
struct Receiver {
  Receiver() : fd(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&to.storage);
    v4->sin_family = AF_INET;
    v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    MUST(bind(fd, reinterpret_cast<sockaddr*>(v4), sizeof *v4) == 0);
    to.length = sizeof *v4;
    MUST(getsockname(fd, reinterpret_cast<sockaddr*>(v4), &to.length) == 0);
  }
  ~Receiver() { close(fd); }
  // The numbers that have come by `untilMs`.
  std::vector<uint32_t> Until(double untilMs) const {
    std::vector<uint32_t> numbers;
    for (;;) {
      uint32_t number;
      while (recv(fd, &number, sizeof number, 0) == sizeof number) numbers.push_back(number);
      const double left = untilMs - MonotonicMs();
      if (left <= 0) return numbers;
      pollfd readable{fd, POLLIN, 0};
      poll(&readable, 1, static_cast<int>(left) + 1);
    }
  }
  int fd;
  BeatDestination to;
};

BeatEngine& Engine() {
  static BeatEngine* engine = nullptr;
  if (engine == nullptr) {
    engine = new BeatEngine;
    MUST(engine->Start() == 0);
  }
  return *engine;
}

std::unique_ptr<Beat> Sender(const Receiver& to, size_t copies = 1, bool repeats = false) {
  return std::make_unique<Beat>(Engine(), socket(AF_INET, SOCK_DGRAM, 0), std::vector(copies, to.to), repeats);
}

void Append(Beat& beat, uint32_t number) { beat.Append(reinterpret_cast<const uint8_t*>(&number), sizeof number); }

void Done(const char* what) {
  std::printf("%s\n", what);
  std::fflush(stdout);
}

void LeavesInOrderUntilTheLeaseEnds() {
  Receiver there;
  auto beat = Sender(there);
  for (uint32_t i = 0; i < 100; i++) Append(*beat, i);
  const double now = MonotonicMs();
  beat->Go(now + 5, 20, now + 210);
  const auto came = there.Until(now + 600);
  const BeatLeft left = beat->Hold();
  // Fewer only where the machine is so busy that some were missed.
  MUST(!came.empty() && came.size() <= 11 && came.size() == left.adverts && left.failures == 0);
  for (size_t i = 0; i < came.size(); i++) MUST(came[i] == i);
  MUST(left.sentMs <= now + 210 + left.mostDelayMs && left.mostDelayMs >= left.lastDelayMs);
  Done("in order, until the lease ends");
}

void StopsWithoutPackets() {
  Receiver there;
  auto beat = Sender(there);
  for (uint32_t i = 0; i < 3; i++) Append(*beat, i);
  const double now = MonotonicMs();
  beat->Go(now, 5, now + 5000);
  MUST(there.Until(now + 300).size() == 3);
  MUST(beat->Hold().adverts == 3);
  Append(*beat, 3);
  beat->Clear();
  beat->Go(MonotonicMs(), 5, MonotonicMs() + 5000);
  MUST(there.Until(MonotonicMs() + 50).empty());
  Done("no further than it has packets");
}

void ALeaseThatIsOver() {
  Receiver there;
  auto beat = Sender(there);
  Append(*beat, 1);
  beat->Go(MonotonicMs() - 100, 1000, MonotonicMs() - 50);
  MUST(there.Until(MonotonicMs() + 50).empty());
  MUST(beat->Hold().adverts == 0);
  Done("nothing after a lease that is over");
}

void FailuresAreTold() {
  BeatDestination nowhere;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&nowhere.storage);
  v4->sin_family = AF_INET;
  v4->sin_port = htons(9);
  v4->sin_addr.s_addr = 0xffffffff;  // EACCES without SO_BROADCAST
  nowhere.length = sizeof *v4;
  Receiver there;
  Beat beat(Engine(), socket(AF_INET, SOCK_DGRAM, 0), {nowhere, there.to});
  Append(beat, 1);
  Append(beat, 2);
  beat.Go(MonotonicMs(), 1000, MonotonicMs() + 5000);
  const auto came = there.Until(MonotonicMs() + 300);
  const BeatLeft left = beat.Hold();
  MUST(came.size() == 1 && came[0] == 2);
  MUST(left.adverts == 1 && left.failures == 1 && left.error == EACCES);
  Done("a destination that fails, and the others");
}

// One advert to two destinations, whose numbers go on from 65533 to 65535 and from 1.
void RepeatsWithTheNextNumber() {
  Receiver there;
  auto beat = Sender(there, 2, true);
  std::vector<uint8_t> packet(20);
  packet[0] = 0x45;
  for (const uint8_t id : {0xfd, 0xfe}) {
    packet[4] = 0xff;
    packet[5] = id;
    beat->Append(packet.data(), packet.size());
  }
  const double now = MonotonicMs();
  beat->Go(now, 10, now + 5000);
  std::vector<unsigned> ids;
  while (ids.size() < 6) {
    pollfd readable{there.fd, POLLIN, 0};
    poll(&readable, 1, 1000);
    if (recv(there.fd, packet.data(), packet.size(), 0) == 20) ids.push_back(packet[4] << 8 | packet[5]);
    MUST(MonotonicMs() < now + 5000);
  }
  MUST(ids == (std::vector<unsigned>{0xfffd, 0xfffe, 0xffff, 1, 2, 3}));
  Done("one advert again and again, with the next number");
}

void ALeaseIsRenewed() {
  Receiver there;
  auto beat = Sender(there);
  for (uint32_t i = 0; i < 100; i++) Append(*beat, i);
  MUST(!beat->Renew(MonotonicMs() + 100));
  beat->Go(MonotonicMs(), 1000, MonotonicMs() + 5000);
  MUST(beat->Renew(MonotonicMs() + 20));
  there.Until(MonotonicMs() + 50);
  MUST(!beat->Renew(MonotonicMs() + 5000));
  beat->Go(MonotonicMs(), 1000, MonotonicMs() + 5000);
  beat->Hold();
  MUST(!beat->Renew(MonotonicMs() + 5000));
  Done("a lease is renewed until it is over");
}

// Held, filled, cleared, armed and closed at random while the thread sends: each number once, in order.
void Storm(unsigned rounds) {
  Receiver there;
  std::mt19937 random(20);
  uint32_t next = 0;
  std::vector<uint32_t> expected, came;
  auto beat = Sender(there);
  std::vector<uint32_t> queue;
  for (unsigned i = 0; i < rounds; i++) {
    const BeatLeft left = beat->Hold();
    MUST(left.adverts <= queue.size());
    expected.insert(expected.end(), queue.begin(), queue.begin() + left.adverts);
    queue.erase(queue.begin(), queue.begin() + left.adverts);
    if (random() % 8 == 0) {
      beat->Clear();
      queue.clear();
    }
    if (random() % 16 == 0) {
      beat = Sender(there);
      queue.clear();
    }
    for (unsigned n = random() % 6; n > 0; n--) {
      queue.push_back(next);
      Append(*beat, next++);
    }
    const double now = MonotonicMs();
    beat->Go(now + (random() % 3) - 1, 0.2, now + random() % 4);
    const auto some = there.Until(now + random() % 3);
    came.insert(came.end(), some.begin(), some.end());
  }
  const BeatLeft left = beat->Hold();
  expected.insert(expected.end(), queue.begin(), queue.begin() + left.adverts);
  const auto rest = there.Until(MonotonicMs() + 20);
  came.insert(came.end(), rest.begin(), rest.end());
  for (size_t i = 1; i < came.size(); i++) MUST(came[i] > came[i - 1]);
  // Those that left between the last look and a new sender are not in what was told.
  for (size_t i = 0, j = 0; i < expected.size(); i++, j++) {
    while (j < came.size() && came[j] != expected[i]) j++;
    MUST(j < came.size());
  }
  MUST(!came.empty());
  Done("a storm");
}

// Many senders on threads of their own, which come and go.
void Crowd(unsigned rounds) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; t++)
    threads.emplace_back([rounds] {
      Receiver there;
      for (unsigned i = 0; i < rounds / 10; i++) {
        auto beat = Sender(there);
        for (uint32_t n = 0; n < 5; n++) Append(*beat, n);
        const double now = MonotonicMs();
        beat->Go(now, 0.1, now + 100);
        there.Until(now + 1);
        MUST(beat->Hold().adverts <= 5);
      }
    });
  for (auto& thread : threads) thread.join();
  Done("a crowd");
}

}  // namespace

int main(int, char** argv) {
  const auto rounds = static_cast<unsigned>(std::atoi(argv[1]));
  LeavesInOrderUntilTheLeaseEnds();
  StopsWithoutPackets();
  ALeaseThatIsOver();
  FailuresAreTold();
  RepeatsWithTheNextNumber();
  ALeaseIsRenewed();
  Storm(rounds);
  Crowd(rounds);
  return 0;
}
