#include "connect_engine.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>

namespace lvskeeper {

namespace {

constexpr int kEventsPerCall = 256;
constexpr uint64_t kTimerTag = UINT64_MAX;

uint64_t MonotonicUs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000000 + static_cast<uint64_t>(now.tv_nsec) / 1000;
}

uint64_t TagOf(uint32_t generation, uint32_t id) { return static_cast<uint64_t>(generation) << 32 | id; }

// 0, or the errno of what failed.
int SetOptions(int fd, const ConnectRequest& request) {
  const size_t length = strnlen(request.device, sizeof request.device);
  if (length > 0 && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, request.device, static_cast<socklen_t>(length)) < 0)
    return errno;
  if (request.mark != 0 && setsockopt(fd, SOL_SOCKET, SO_MARK, &request.mark, sizeof request.mark) < 0) return errno;
  const linger reset{1, 0};
  if ((request.flags & kResetAtEnd) != 0 && setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) < 0)
    return errno;
  return 0;
}

int Bind(int fd, const SocketAddress& from) {
  const int on = 1;
  const in_port_t port = from.any.sa_family == AF_INET6 ? from.v6.sin6_port : from.v4.sin_port;
  if (port != 0) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  // The port is then chosen when the other end is known: as many connections as ports to each target, not to all.
  else setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  return bind(fd, &from.any, from.length()) < 0 ? errno : 0;
}

}  // namespace

ConnectEngine::~ConnectEngine() {
  for (const uint32_t id : heap_) close(connections_[id].fd);
  for (const ConnectResult& result : results_)
    if (result.outcome >= 0 && (connections_[result.id].flags & kKeep) != 0) close(result.outcome);
  if (timer_ >= 0) close(timer_);
  if (epoll_ >= 0) close(epoll_);
}

int ConnectEngine::Open() {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_ < 0) return -errno;
  timer_ = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  if (timer_ < 0) return -errno;
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;  // told once for each time it runs out, so that it need not be read
  event.data.u64 = kTimerTag;
  return epoll_ctl(epoll_, EPOLL_CTL_ADD, timer_, &event) < 0 ? -errno : 0;
}

// Asked of the kernel once in a call.
uint64_t ConnectEngine::NowUs() {
  if (nowUs_ == 0) nowUs_ = MonotonicUs();
  return nowUs_;
}

bool ConnectEngine::Start(const ConnectRequest* requests, size_t count, std::string_view texts) {
  nowUs_ = 0;
  bool allowed = true;
  begun_.clear();
  for (size_t i = 0; i < count && allowed; i += 1) {
    const ConnectRequest& request = requests[i];
    const uint32_t id = request.id;
    if (id < kMaxIds && id >= connections_.size()) connections_.resize(id + 1);
    allowed = id < kMaxIds && connections_[id].fd < 0 && !connections_[id].told &&
              request.textAt <= texts.size() && request.textLength <= texts.size() - request.textAt;
    if (allowed) Begin(request, texts);
  }
  // Where several are begun, the first have often been answered by now: one call instead of one for each.
  if (begun_.size() > 1) PollBegun();
  for (const uint32_t id : begun_)
    if (connections_[id].fd >= 0) Watch(id);
  ArmTimer();
  return allowed;
}

void ConnectEngine::Begin(const ConnectRequest& request, std::string_view texts) {
  const uint32_t id = request.id;
  Connection& connection = connections_[id];
  connection.flags = request.flags;
  connection.timeoutMs = request.timeoutMs;
  connection.generation += 1;
  connection.watched = connection.asked = false;
  const int fd = socket(request.to.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return Fail(id, errno, ConnectStep::kSocket);
  connection.fd = fd;
  if (const int error = SetOptions(fd, request); error != 0) return Fail(id, error, ConnectStep::kOption);
  if (request.from.any.sa_family != 0)
    if (const int error = Bind(fd, request.from); error != 0) return Fail(id, error, ConnectStep::kBind);
  // Interrupted, it goes on by itself (connect(2)); it is never called again.
  const bool done = connect(fd, &request.to.any, request.to.length()) == 0;
  if (!done && errno != EINPROGRESS && errno != EINTR) return Fail(id, errno, ConnectStep::kConnect);
  connection.text = texts.substr(request.textAt, request.textLength);
  LimitTime(id);
  begun_.push_back(id);
}

void ConnectEngine::PollBegun() {
  std::vector<pollfd> descriptors;
  descriptors.reserve(begun_.size());
  for (const uint32_t id : begun_) descriptors.push_back({connections_[id].fd, POLLOUT, 0});
  if (poll(descriptors.data(), descriptors.size(), 0) <= 0) return;
  for (size_t i = 0; i < begun_.size(); i += 1)
    if (const int events = descriptors[i].revents; events != 0) Settle(begun_[i], (events & (POLLERR | POLLHUP)) != 0);
}

void ConnectEngine::Watch(uint32_t id) {
  Connection& connection = connections_[id];
  epoll_event event{};
  // Once told it is out of our way, also when the socket lives on elsewhere.
  event.events = (connection.asked ? EPOLLIN : EPOLLOUT) | EPOLLONESHOT;
  event.data.u64 = TagOf(connection.generation, id);
  const int operation = connection.watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  if (epoll_ctl(epoll_, operation, connection.fd, &event) < 0) return Fail(id, errno, ConnectStep::kWatch);
  connection.watched = true;
}

void ConnectEngine::Wake() {
  nowUs_ = 0;
  epoll_event events[kEventsPerCall];
  for (int count = kEventsPerCall; count == kEventsPerCall;) {
    count = epoll_wait(epoll_, events, kEventsPerCall, 0);
    for (int i = 0; i < count; i += 1) {
      const uint64_t tag = events[i].data.u64;
      const uint32_t id = static_cast<uint32_t>(tag);
      if (tag == kTimerTag) armedForUs_ = 0;
      else if (connections_[id].fd >= 0 && TagOf(connections_[id].generation, id) == tag)
        Settle(id, (events[i].events & (EPOLLERR | EPOLLHUP)) != 0);
    }
  }
  if (armedForUs_ != 0) return;
  Expire();
  ArmTimer();
}

void ConnectEngine::Settle(uint32_t id, bool failed) {
  const Connection& connection = connections_[id];
  if (connection.asked) return Tell(id);  // reading finds the answer, or what has failed
  int error = 0;
  socklen_t length = sizeof error;
  if (failed && getsockopt(connection.fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0) error = errno;
  // A reset that came before anybody looked was one of a connection that stood: it would be ECONNREFUSED else (tcp_reset() in
  // net/ipv4/tcp_input.c). Whoever only asks whether it can be opened has the answer.
  const bool stood = error == ECONNRESET || error == EPIPE;
  if (error != 0 && !(stood && (connection.flags & kKeep) == 0)) return Fail(id, error, ConnectStep::kConnect);
  if ((connection.flags & kAsk) != 0) Ask(id);
  else Tell(id);
}

void ConnectEngine::Ask(uint32_t id) {
  Connection& connection = connections_[id];
  ssize_t sent;
  do sent = send(connection.fd, connection.text.data(), connection.text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  // A new connection takes some thousand bytes at once.
  if (sent < 0 || static_cast<size_t>(sent) < connection.text.size())
    return Fail(id, sent < 0 ? errno : ENOBUFS, ConnectStep::kSend);
  connection.asked = true;
  HeapRemove(id);
  LimitTime(id);
  if (connection.watched) Watch(id);  // else Start() will
}

// Its result is there, and is good.
void ConnectEngine::Tell(uint32_t id) {
  Connection& connection = connections_[id];
  const bool keep = (connection.flags & kKeep) != 0;
  HeapRemove(id);
  if (!keep) close(connection.fd);
  results_.push_back({id, keep ? connection.fd : 0, ConnectStep::kConnect});
  connection.fd = -1;
  connection.told = true;
}

void ConnectEngine::Fail(uint32_t id, int error, ConnectStep step) {
  Connection& connection = connections_[id];
  HeapRemove(id);
  if (connection.fd >= 0) close(connection.fd);
  connection.fd = -1;
  connection.told = true;
  results_.push_back({id, -error, step});
}

size_t ConnectEngine::Take(ConnectResult* results, size_t capacity) {
  size_t count = 0;
  for (; count < capacity && !results_.empty(); count += 1) {
    results[count] = results_.front();
    results_.pop_front();
    connections_[results[count].id].told = false;
  }
  return count;
}

bool ConnectEngine::Cancel(uint32_t id) {
  if (id >= connections_.size() || connections_[id].fd < 0) return false;
  HeapRemove(id);
  close(connections_[id].fd);
  connections_[id].fd = -1;
  return true;
}

void ConnectEngine::Expire() {
  while (!heap_.empty() && connections_[heap_.front()].deadlineUs <= NowUs()) {
    const uint32_t id = heap_.front();
    Fail(id, ETIMEDOUT, connections_[id].asked ? ConnectStep::kAnswer : ConnectStep::kConnect);
  }
}

// Set for the first deadline, and left alone when that connection has had its answer: the timer then runs out for nothing
// once in a timeout, in place of being set for every connection.
void ConnectEngine::ArmTimer() {
  if (heap_.empty()) return;
  const uint64_t firstUs = connections_[heap_.front()].deadlineUs;
  if (armedForUs_ != 0 && armedForUs_ <= firstUs) return;
  armedForUs_ = firstUs;
  itimerspec when{};
  when.it_value.tv_sec = static_cast<time_t>(firstUs / 1000000);
  when.it_value.tv_nsec = static_cast<long>(firstUs % 1000000) * 1000;
  timerfd_settime(timer_, TFD_TIMER_ABSTIME, &when, nullptr);
}

void ConnectEngine::HeapPlace(uint32_t at, uint32_t id) {
  heap_[at] = id;
  connections_[id].heapAt = at;
}

void ConnectEngine::HeapSift(uint32_t at, uint32_t id) {
  const uint64_t deadline = connections_[id].deadlineUs;
  const auto deadlineAt = [&](uint32_t index) { return connections_[heap_[index]].deadlineUs; };
  for (; at > 0 && deadlineAt((at - 1) / 2) > deadline; at = (at - 1) / 2) HeapPlace(at, heap_[(at - 1) / 2]);
  const uint32_t size = static_cast<uint32_t>(heap_.size());
  for (uint32_t child = 2 * at + 1; child < size; child = 2 * at + 1) {
    if (child + 1 < size && deadlineAt(child + 1) < deadlineAt(child)) child += 1;
    if (deadlineAt(child) >= deadline) break;
    HeapPlace(at, heap_[child]);
    at = child;
  }
  HeapPlace(at, id);
}

// From now on, for what comes next.
void ConnectEngine::LimitTime(uint32_t id) {
  Connection& connection = connections_[id];
  connection.deadlineUs = NowUs() + 1 + uint64_t{connection.timeoutMs} * 1000;  // now is cut off: never a moment early
  heap_.push_back(id);
  HeapSift(static_cast<uint32_t>(heap_.size()) - 1, id);
}

void ConnectEngine::HeapRemove(uint32_t id) {
  const uint32_t at = connections_[id].heapAt;
  if (at == kNowhere) return;
  connections_[id].heapAt = kNowhere;
  const uint32_t last = heap_.back();
  heap_.pop_back();
  if (last != id) HeapSift(at, last);
}

}  // namespace lvskeeper
