// Hostile cases for native/connect_engine.cc, run under the sanitizers and valgrind by connect-engine.test.ts. Ends with 0
// and a line for each case that held; the first that does not hold is printed, and ends it with 1.
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "connect_engine.h"
#include "must.h"

using namespace lvskeeper;

// Stands between the engine and the C library (ld --wrap): the next so many calls of a kind fail with an errno.
struct Fault {
  int left = 0;
  int error = 0;
  bool Now() {
    if (left == 0) return false;
    left -= 1;
    errno = error;
    return true;
  }
};
static Fault connectFault, epollFault, pollFault, sendFault, waitFault;

extern "C" {
int __real_connect(int fd, const sockaddr* to, socklen_t length);
int __wrap_connect(int fd, const sockaddr* to, socklen_t length) {
  return connectFault.Now() ? -1 : __real_connect(fd, to, length);
}
int __real_epoll_ctl(int epoll, int operation, int fd, epoll_event* event);
int __wrap_epoll_ctl(int epoll, int operation, int fd, epoll_event* event) {
  return epollFault.Now() ? -1 : __real_epoll_ctl(epoll, operation, fd, event);
}
int __real_epoll_wait(int epoll, epoll_event* events, int most, int timeoutMs);
int __wrap_epoll_wait(int epoll, epoll_event* events, int most, int timeoutMs) {
  return waitFault.Now() ? -1 : __real_epoll_wait(epoll, events, most, timeoutMs);
}
int __real_poll(pollfd* descriptors, nfds_t count, int timeoutMs);
int __wrap_poll(pollfd* descriptors, nfds_t count, int timeoutMs) {
  return pollFault.Now() ? -1 : __real_poll(descriptors, count, timeoutMs);
}
ssize_t __real_send(int fd, const void* bytes, size_t length, int flags);
ssize_t __wrap_send(int fd, const void* bytes, size_t length, int flags) {
  return sendFault.Now() ? -1 : __real_send(fd, bytes, length, flags);
}
}

namespace {

int OpenDescriptors() {
  int count = 0;
  DIR* folder = opendir("/proc/self/fd");
  while (readdir(folder) != nullptr) count += 1;
  closedir(folder);
  return count;
}

struct Listener {
  explicit Listener(int backlog, bool v6 = false) {
    address.any.sa_family = v6 ? AF_INET6 : AF_INET;
    if (v6) address.v6.sin6_addr = in6addr_loopback;
    else address.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    MUST(bind(fd, &address.any, address.length()) == 0);
    MUST(listen(fd, backlog) == 0);
    socklen_t length = sizeof address;
    MUST(getsockname(fd, &address.any, &length) == 0);
  }
  // What has been connected is let go.
  void Drop() {
    for (int one = accept(fd, nullptr, nullptr); one >= 0; one = accept(fd, nullptr, nullptr)) close(one);
  }
  ~Listener() {
    if (fd >= 0) close(fd);
    for (const int one : fillers) close(one);
  }
  // What has been connected is answered with what it sent itself.
  void Answer() {
    for (int one = accept(fd, nullptr, nullptr); one >= 0; one = accept(fd, nullptr, nullptr)) {
      char said[64];
      const ssize_t length = read(one, said, sizeof said);
      MUST(length >= 0 && write(one, said, static_cast<size_t>(length)) == length);  // 0: it could not ask
      close(one);
    }
  }
  // From now on nobody is answered: the queue is full.
  void Fill() {
    for (int i = 0; i < 4; i += 1) {
      const int one = socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
      connect(one, &address.any, address.length());
      fillers.push_back(one);
    }
  }
  SocketAddress address{};
  int fd;
  std::vector<int> fillers;
};

ConnectRequest To(uint32_t id, const SocketAddress& to, uint32_t timeoutMs = 5000, uint32_t flags = 0) {
  ConnectRequest request{};
  request.id = id;
  request.timeoutMs = timeoutMs;
  request.flags = flags;
  request.to = to;
  return request;
}

SocketAddress Nobody() {
  Listener gone(1);
  return gone.address;
}

std::unique_ptr<ConnectEngine> Engine() {
  auto engine = std::make_unique<ConnectEngine>();
  MUST(engine->Open() == 0);
  return engine;
}

void WaitReadable(ConnectEngine& engine, int ms) {
  pollfd one{engine.fd(), POLLIN, 0};
  poll(&one, 1, ms);
}

// Runs until nothing is under way; the results in their order.
std::vector<ConnectResult> Finish(ConnectEngine& engine) {
  std::vector<ConnectResult> all;
  ConnectResult some[7];
  for (;;) {
    for (size_t count = engine.Take(some, 7); count > 0; count = engine.Take(some, 7))
      all.insert(all.end(), some, some + count);
    if (engine.inFlight() == 0) return all;
    WaitReadable(engine, 5000);
    engine.Wake();
  }
}

void ManyAtOnce() {
  Listener server(512), server6(8, true);
  const SocketAddress nobody = Nobody();
  auto engine = Engine();
  std::vector<ConnectRequest> requests;
  for (uint32_t id = 0; id < 300; id += 1) {
    const uint32_t flags = id % 6 == 0 ? kKeep : id % 6 == 2 ? kResetAtEnd : 0;
    requests.push_back(To(id, id % 2 == 1 ? nobody : server.address, 5000, flags));
  }
  requests.push_back(To(300, server6.address));
  MUST(engine->Start(requests.data(), requests.size()));
  std::set<uint32_t> seen;
  for (const auto& [id, outcome, step] : Finish(*engine)) {
    MUST(seen.insert(id).second);
    MUST(step == ConnectStep::kConnect);
    if (id % 2 == 1) MUST(outcome == -ECONNREFUSED);
    else if (id % 6 == 0 && id < 300) MUST(outcome > 2 && fcntl(outcome, F_GETFD) == FD_CLOEXEC && close(outcome) == 0);
    else MUST(outcome == 0);
  }
  MUST(seen.size() == 301);
}

void OneByOneThroughTheEventLoop() {
  Listener server(16);
  auto engine = Engine();
  for (int i = 0; i < 20; i += 1) {
    const ConnectRequest one = To(7, i % 2 == 0 ? server.address : Nobody());
    MUST(engine->Start(&one, 1));
    const auto results = Finish(*engine);
    MUST(results.size() == 1 && results[0].outcome == (i % 2 == 0 ? 0 : -ECONNREFUSED));
    server.Drop();
  }
}

void ResetsBeforeAnybodyHasLooked() {
  for (const uint32_t flags : {0u, kKeep}) {
    Listener server(16);
    auto engine = Engine();
    pollFault = {1, EINTR};  // Start() does not look
    const ConnectRequest one = To(7, server.address, 5000, flags);
    MUST(engine->Start(&one, 1));
    const int accepted = accept(server.fd, nullptr, nullptr);
    const linger reset{1, 0};
    MUST(setsockopt(accepted, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) == 0 && close(accepted) == 0);
    const auto results = Finish(*engine);
    MUST(results.size() == 1 && results[0].outcome == (flags == 0 ? 0 : -ECONNRESET));
  }
}

void TimeLimitsInTheirOrder() {
  Listener deaf(1);
  deaf.Fill();
  auto engine = Engine();
  const uint32_t limits[] = {90, 10, 60, 30, 30, 120, 1};
  std::vector<ConnectRequest> requests;
  for (uint32_t id = 0; id < 7; id += 1) requests.push_back(To(id, deaf.address, limits[id]));
  MUST(engine->Start(requests.data(), requests.size()));
  uint32_t before = 0;
  for (const auto& [id, outcome, step] : Finish(*engine)) {
    MUST(outcome == -ETIMEDOUT && step == ConnectStep::kConnect);
    MUST(limits[id] >= before);
    before = limits[id];
  }
}

void AnsweredInTimeThoughReadLate() {
  Listener server(4);
  auto engine = Engine();
  const ConnectRequest one = To(0, server.address, 5);
  MUST(engine->Start(&one, 1));
  usleep(30 * 1000);
  engine->Wake();
  const auto results = Finish(*engine);
  MUST(results.size() == 1 && results[0].outcome == 0);
}

void CancelledInEveryState() {
  Listener server(16), deaf(1);
  deaf.Fill();
  auto engine = Engine();
  ConnectResult result{};
  MUST(!engine->Cancel(3) && !engine->Cancel(UINT32_MAX));  // never begun
  const ConnectRequest slow = To(0, deaf.address), quick = To(1, server.address, 5000, kKeep);
  MUST(engine->Start(&slow, 1) && engine->Cancel(0));       // on its way
  MUST(!engine->Cancel(0));                                 // twice
  MUST(engine->Start(&quick, 1));
  WaitReadable(*engine, 1000);
  MUST(engine->Cancel(1));                                  // answered, and nobody has looked
  engine->Wake();
  MUST(engine->results() == 0);
  MUST(engine->Start(&quick, 1));
  WaitReadable(*engine, 1000);
  engine->Wake();
  MUST(!engine->Cancel(1));                                 // its result is there
  MUST(!engine->Start(&quick, 1));                          // and until it is taken its id is in use
  MUST(engine->Take(&result, 1) == 1 && result.outcome > 2 && close(result.outcome) == 0);
  MUST(engine->Start(&quick, 1) && close(Finish(*engine).at(0).outcome) == 0);
}

void IdsInUse() {
  Listener deaf(1);
  deaf.Fill();
  auto engine = Engine();
  const ConnectRequest twice[] = {To(5, deaf.address, 20), To(5, deaf.address, 10), To(6, deaf.address, 10)};
  MUST(!engine->Start(twice, 3) && engine->inFlight() == 1);
  const ConnectRequest beyond = To(ConnectEngine::kMaxIds, deaf.address);
  MUST(!engine->Start(&beyond, 1) && engine->inFlight() == 1);
  const auto results = Finish(*engine);
  MUST(results.size() == 1 && results[0].id == 5 && results[0].outcome == -ETIMEDOUT);
}

void OurOwnTrouble() {
  Listener server(4);
  auto engine = Engine();
  ConnectRequest requests[] = {To(0, server.address), To(1, server.address), To(2, {}), To(3, server.address)};
  std::memset(requests[0].device, 'x', sizeof requests[0].device);  // not even ended
  requests[1].from.v4 = {AF_INET, 0, {htonl(0xcb007109)}, {}};      // 203.0.113.9 is not ours
  requests[3].from.v6 = {AF_INET6, 0, 0, in6addr_loopback, 0};
  MUST(engine->Start(requests, 4));
  std::map<uint32_t, ConnectResult> results;
  for (const auto& result : Finish(*engine)) results[result.id] = result;
  MUST(results[0].outcome < 0 && results[0].step == ConnectStep::kOption);
  MUST(results[1].step == ConnectStep::kConnect || results[1].step == ConnectStep::kBind);
  MUST(results[1].outcome == -EADDRNOTAVAIL);
  MUST(results[2].outcome < 0 && results[2].step == ConnectStep::kSocket);
  MUST(results[3].outcome < 0 && results[3].step == ConnectStep::kBind);
}

void NoMoreDescriptors() {
  Listener deaf(1), server(64);
  deaf.Fill();
  auto engine = Engine();
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  const rlimit few{static_cast<rlim_t>(OpenDescriptors() + 8), before.rlim_max};
  MUST(setrlimit(RLIMIT_NOFILE, &few) == 0);
  std::vector<ConnectRequest> requests;
  for (uint32_t id = 0; id < 40; id += 1) requests.push_back(To(id, deaf.address, 50));
  MUST(engine->Start(requests.data(), requests.size()));
  size_t refused = 0;
  for (const auto& [id, outcome, step] : Finish(*engine))
    if (outcome == -EMFILE && step == ConnectStep::kSocket) refused += 1;
    else MUST(outcome == -ETIMEDOUT);
  MUST(refused > 20 && refused < 40);
  MUST(setrlimit(RLIMIT_NOFILE, &before) == 0);
  const ConnectRequest one = To(39, server.address);
  MUST(engine->Start(&one, 1) && Finish(*engine).at(0).outcome == 0);
}

void AnEventOfAnEarlierConnection() {
  Listener server(4), deaf(1);
  deaf.Fill();
  auto engine = Engine();
  int hold[2];
  MUST(pipe2(hold, O_CLOEXEC) == 0);
  const ConnectRequest quick = To(0, server.address), slow = To(0, deaf.address, 30);
  MUST(engine->Start(&quick, 1));
  const pid_t child = fork();  // a script that is being started has a copy of every socket for a moment
  if (child == 0) {
    char byte;
    close(hold[1]);
    (void)!read(hold[0], &byte, 1);
    _exit(0);
  }
  WaitReadable(*engine, 1000);
  MUST(engine->Cancel(0) && engine->Start(&slow, 1));
  engine->Wake();
  MUST(engine->results() == 0 && engine->inFlight() == 1);
  MUST(Finish(*engine).at(0).outcome == -ETIMEDOUT);
  close(hold[0]);
  close(hold[1]);
  MUST(waitpid(child, nullptr, 0) == child);
}

void TheServerGoesWhileWeConnect() {
  auto engine = Engine();
  for (int i = 0; i < 5; i += 1) {
    auto server = std::make_unique<Listener>(1);
    server->Fill();
    const ConnectRequest requests[] = {To(0, server->address, 60), To(1, server->address, 60, kKeep)};
    MUST(engine->Start(requests, 2));
    server.reset();
    for (const auto& result : Finish(*engine))
      if (result.id == 1 && result.outcome > 0) close(result.outcome);
  }
}

ConnectRequest Asking(uint32_t id, const SocketAddress& to, uint32_t textAt, uint32_t textLength, uint32_t timeoutMs = 5000) {
  ConnectRequest request = To(id, to, timeoutMs, kKeep | kAsk);
  request.textAt = textAt;
  request.textLength = textLength;
  return request;
}

// Waits for what is asked to have left: the engine has then been woken for each connection.
void Wake(ConnectEngine& engine) {
  WaitReadable(engine, 1000);
  engine.Wake();
}

void MustRead(int fd, std::string_view expected) {
  char said[64];
  MUST(fd > 2 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
  MUST(read(fd, said, sizeof said) == static_cast<ssize_t>(expected.size()));
  MUST(std::memcmp(said, expected.data(), expected.size()) == 0 && close(fd) == 0);
}

void AskedAndAnswered() {
  Listener server(16);
  auto engine = Engine();
  const std::string_view texts = "one two";
  const ConnectRequest both[] = {Asking(0, server.address, 0, 3), Asking(1, server.address, 4, 3)};
  for (const size_t count : {size_t{2}, size_t{1}}) {  // begun together, and alone
    MUST(engine->Start(both, count, texts));
    if (count == 1) Wake(*engine);
    MUST(engine->inFlight() == count && engine->results() == 0);
    server.Answer();
    const auto results = Finish(*engine);
    MUST(results.size() == count);
    for (const auto& [id, outcome, step] : results) MustRead(outcome, texts.substr(id * 4, 3));
  }
}

void AskedForNothing() {
  Listener server(16), deaf(1);
  deaf.Fill();
  auto engine = Engine();
  const std::string_view text = "hello";
  const ConnectRequest both[] = {Asking(0, server.address, 0, 5, 30), Asking(1, deaf.address, 0, 5, 30)};
  MUST(engine->Start(both, 2, text));
  std::map<uint32_t, ConnectResult> results;
  for (const auto& result : Finish(*engine)) results[result.id] = result;
  MUST(results[0].outcome == -ETIMEDOUT && results[0].step == ConnectStep::kAnswer);
  MUST(results[1].outcome == -ETIMEDOUT && results[1].step == ConnectStep::kConnect);
  server.Drop();
  // The answer came in time, and is read late; then the other end lets go without one; then it is cancelled.
  MUST(engine->Start(both, 1, text));
  Wake(*engine);
  server.Answer();
  usleep(50 * 1000);
  MustRead(Finish(*engine).at(0).outcome, text);
  MUST(engine->Start(both, 1, text));
  Wake(*engine);
  server.Drop();
  const int left = Finish(*engine).at(0).outcome;
  char byte;
  MUST(read(left, &byte, 1) < 0 && errno == ECONNRESET && close(left) == 0);
  MUST(engine->Start(both, 1, text));
  Wake(*engine);
  MUST(engine->Cancel(0) && engine->inFlight() == 0);
  MUST(engine->Start(both, 1, text));  // what is under way when all ends
  Wake(*engine);
}

void TextsThatAreNotThere() {
  Listener server(16);
  auto engine = Engine();
  for (const auto& [at, length] : {std::pair{0u, 6u}, {6u, 0u}, {3u, 3u}, {1u, UINT32_MAX}, {UINT32_MAX, 2u}}) {
    const ConnectRequest one = Asking(0, server.address, at, length);
    MUST(!engine->Start(&one, 1, "hello") && engine->inFlight() == 0);
  }
}

void EndedInTheMiddle() {
  Listener server(64), deaf(1);
  deaf.Fill();
  auto engine = Engine();
  std::vector<ConnectRequest> requests;
  for (uint32_t id = 0; id < 40; id += 1) requests.push_back(To(id, id % 2 ? deaf.address : server.address, 5000, kKeep));
  MUST(engine->Start(requests.data(), requests.size()));
  WaitReadable(*engine, 1000);
  engine->Wake();
  MUST(engine->inFlight() > 0 && engine->results() > 0);
}

// fs.epoll.max_user_watches, and memory: what cannot be watched is told at once, and what is watched already goes on.
void NoRoomToWatch() {
  Listener server(16), deaf(1);
  deaf.Fill();
  auto engine = Engine();
  const ConnectRequest first = To(0, deaf.address, 40);
  MUST(engine->Start(&first, 1));
  for (const int error : {ENOSPC, ENOMEM}) {
    std::vector<ConnectRequest> requests;
    for (uint32_t id = 1; id < 5; id += 1) requests.push_back(To(id, deaf.address, 5000, kKeep));
    epollFault = {3, error};
    MUST(engine->Start(requests.data(), requests.size()));
    std::vector<ConnectResult> some(9);
    some.resize(engine->Take(some.data(), 9));
    MUST(some.size() == 3 && engine->inFlight() == 2);
    for (const auto& [id, outcome, step] : some) MUST(outcome == -error && step == ConnectStep::kWatch);
    MUST(engine->Cancel(4));
  }
  MUST(Finish(*engine).at(0).outcome == -ETIMEDOUT);
  const ConnectRequest later = To(1, server.address);
  MUST(engine->Start(&later, 1) && Finish(*engine).at(0).outcome == 0);
}

// No memory for what leaves, no route of our own, no free port: each is told with its step, and costs no other.
void NothingLeaves() {
  Listener server(16);
  auto engine = Engine();
  const std::string_view text = "hello";
  for (const int error : {ENOBUFS, ENOMEM, EAGAIN}) {
    const ConnectRequest both[] = {Asking(0, server.address, 0, 5), Asking(1, server.address, 0, 5)};
    sendFault = {1, error};
    MUST(engine->Start(both, 2, text));
    Wake(*engine);
    server.Answer();
    size_t told = 0;
    for (const auto& [id, outcome, step] : Finish(*engine)) {
      if (outcome == -error && step == ConnectStep::kSend) told += 1;
      else MustRead(outcome, text);
    }
    MUST(told == 1 && sendFault.left == 0);
  }
  for (const int error : {ENOBUFS, EADDRNOTAVAIL, ENOMEM}) {
    const ConnectRequest both[] = {To(0, server.address), To(1, server.address)};
    connectFault = {1, error};
    MUST(engine->Start(both, 2));
    std::map<uint32_t, ConnectResult> results;
    for (const auto& result : Finish(*engine)) results[result.id] = result;
    MUST(results[0].outcome == -error && results[0].step == ConnectStep::kConnect && results[1].outcome == 0);
    server.Drop();
  }
  sendFault = {1, EINTR};  // interrupted is not refused
  const ConnectRequest one = Asking(0, server.address, 0, 5);
  MUST(engine->Start(&one, 1, text));
  Wake(*engine);
  server.Answer();
  MustRead(Finish(*engine).at(0).outcome, text);
  connectFault = {1, EINTR};  // it goes on by itself: here it never does, since it was never made
  const ConnectRequest never = To(0, server.address, 20);
  MUST(engine->Start(&never, 1));
  Finish(*engine);
}

// A poll or an epoll_wait that fails delays a result until the next one, and loses none.
void LooksThatFail() {
  Listener server(64);
  auto engine = Engine();
  for (const int error : {EINTR, ENOMEM, EINVAL}) {
    std::vector<ConnectRequest> requests;
    for (uint32_t id = 0; id < 20; id += 1) requests.push_back(To(id, server.address));
    pollFault = {1, error};
    waitFault = {1, error};
    MUST(engine->Start(requests.data(), requests.size()));
    const auto results = Finish(*engine);
    MUST(results.size() == 20 && pollFault.left == 0 && waitFault.left == 0);
    for (const auto& result : results) MUST(result.outcome == 0);
    server.Drop();
  }
}

// Any order of all that can be done, against a model of what has to come of it.
void AnyOrder(unsigned seed, int steps) {
  Listener server(4096), deaf(1);
  deaf.Fill();
  const SocketAddress nobody = Nobody();
  auto engine = Engine();
  std::mt19937 random(seed);
  std::set<uint32_t> expected;
  const auto take = [&](size_t capacity) {
    std::vector<ConnectResult> some(capacity);
    some.resize(engine->Take(some.data(), capacity));
    for (const auto& [id, outcome, step] : some) {
      MUST(expected.erase(id) == 1);
      MUST(outcome >= 0 || outcome == -ECONNREFUSED || outcome == -ETIMEDOUT || outcome == -ECONNRESET ||
           outcome == -EPIPE);
      if (outcome > 0) close(outcome);
    }
  };
  for (int i = 0; i < steps; i += 1) {
    switch (random() % 5) {
      case 0:
      case 1: {
        std::vector<ConnectRequest> requests;
        for (uint32_t count = random() % 12; count > 0; count -= 1) {
          const uint32_t id = random() % 200;
          if (!expected.insert(id).second) continue;
          const SocketAddress* to[] = {&server.address, &deaf.address, &nobody};
          requests.push_back(To(id, *to[random() % 3], 1 + random() % 20, random() % 8));
          requests.back().textLength = 5;
        }
        MUST(engine->Start(requests.data(), requests.size(), "hello"));
        break;
      }
      case 2:
        if (const uint32_t id = random() % 200; engine->Cancel(id)) MUST(expected.erase(id) == 1);
        break;
      case 3:
        engine->Wake();
        server.Drop();
        break;
      case 4:
        take(random() % 9);
        break;
    }
  }
  while (engine->inFlight() > 0) {
    WaitReadable(*engine, 1000);
    engine->Wake();
    server.Drop();
  }
  take(1000);
  MUST(expected.empty() && engine->results() == 0);
}

}  // namespace

int main(int argc, char** argv) {
  const int steps = argc > 1 ? std::atoi(argv[1]) : 1000;
  std::setvbuf(stdout, nullptr, _IOLBF, 0);  // a child has nothing of it to print a second time
  const int before = OpenDescriptors();
  const auto run = [&](const char* name, auto test) {
    test();
    if (OpenDescriptors() != before) std::printf("%s: descriptors are left open\n", name);
    MUST(OpenDescriptors() == before);
    std::printf("%s\n", name);
  };
  run("many at once", ManyAtOnce);
  run("one by one", OneByOneThroughTheEventLoop);
  run("resets before anybody has looked", ResetsBeforeAnybodyHasLooked);
  run("time limits", TimeLimitsInTheirOrder);
  run("read late", AnsweredInTimeThoughReadLate);
  run("cancelled in every state", CancelledInEveryState);
  run("ids in use", IdsInUse);
  run("our own trouble", OurOwnTrouble);
  run("no more descriptors", NoMoreDescriptors);
  run("an event of an earlier connection", AnEventOfAnEarlierConnection);
  run("the server goes", TheServerGoesWhileWeConnect);
  run("asked and answered", AskedAndAnswered);
  run("asked for nothing", AskedForNothing);
  run("texts that are not there", TextsThatAreNotThere);
  run("ended in the middle", EndedInTheMiddle);
  run("no room to watch", NoRoomToWatch);
  run("nothing leaves", NothingLeaves);
  run("looks that fail", LooksThatFail);
  run("any order", [&] {
    for (unsigned seed = 1; seed <= 5; seed += 1) AnyOrder(seed, steps);
  });
  return 0;
}
