// TCP connections being opened, many at a time, on one epoll set: the whole of a TCP check, and the first part of the
// checks that talk. Knows nothing of JavaScript, so that the sanitizers can run it alone (test/native).
#pragma once

#include <netinet/in.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace lvskeeper {

union SocketAddress {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
  socklen_t length() const { return any.sa_family == AF_INET6 ? sizeof v6 : sizeof v4; }
};

// One connection to open. JavaScript writes these records (src/checkers/native-connector.ts knows their size and the place
// of the first two words); the rest of each is made by TargetRecord() once for a target.
struct ConnectRequest {
  uint32_t id;  // the caller's, free for another request once its result is taken or it is cancelled; below kMaxIds
  uint32_t timeoutMs;
  uint32_t flags;
  uint32_t mark;         // SO_MARK; 0: none
  char device[16];       // SO_BINDTODEVICE; empty: none
  SocketAddress to;
  SocketAddress from;    // family 0: not bound
  uint32_t textAt;       // kAsk: where in the texts what is to be sent begins, and how long it is
  uint32_t textLength;
};
static_assert(sizeof(ConnectRequest) == 96);

// Flags of a request.
constexpr uint32_t kKeep = 1;        // hand the connected socket over; without it the socket is closed at once
constexpr uint32_t kResetAtEnd = 2;  // closing it resets the connection
constexpr uint32_t kAsk = 4;         // with kKeep: send the text, and hand over when something can be read

// What failed, where something did; kAnswer: nothing came within another `timeoutMs`.
enum class ConnectStep : int32_t { kConnect, kSocket, kOption, kBind, kSend, kAnswer, kWatch };

struct ConnectResult {
  uint32_t id;
  int32_t outcome;  // the descriptor with kKeep, 0 without; -errno when it failed: -ETIMEDOUT when the time was up
  ConnectStep step;
};
static_assert(sizeof(ConnectResult) == 12);

class ConnectEngine {
 public:
  static constexpr uint32_t kMaxIds = 1 << 20;

  ConnectEngine() = default;
  ~ConnectEngine();
  ConnectEngine(const ConnectEngine&) = delete;
  ConnectEngine& operator=(const ConnectEngine&) = delete;

  // 0, or -errno; to be called once, before all else.
  int Open();
  // Readable whenever Wake() has something to do.
  int fd() const { return epoll_; }
  // What cannot be started has a result that says so. An id that is too large or in use, or a text that is not within
  // `texts`, is a bug of the caller: false, and those after it are not looked at. Texts are copied.
  bool Start(const ConnectRequest* requests, size_t count, std::string_view texts = {});
  // Looks what the kernel has to tell, and then whose time is up: what had its answer in time is never too late.
  void Wake();
  // Moves results out, oldest first; their number.
  size_t Take(ConnectResult* results, size_t capacity);
  // False when there is no such connection, or its result is there already (then that is still to be taken).
  bool Cancel(uint32_t id);

  size_t inFlight() const { return heap_.size(); }
  size_t results() const { return results_.size(); }

 private:
  static constexpr uint32_t kNowhere = UINT32_MAX;

  struct Connection {
    int fd = -1;
    uint32_t flags = 0;
    // Which of the requests that had this id: an event of an earlier one may still come, when a process that was being
    // forked had a copy of its socket.
    uint32_t generation = 0;
    uint32_t heapAt = kNowhere;
    uint32_t timeoutMs = 0;
    uint64_t deadlineUs = 0;
    bool watched = false;  // it is in the epoll set
    bool asked = false;    // its text has been sent
    bool told = false;     // its result waits to be taken
    std::string text;
  };

  uint64_t NowUs();
  void Begin(const ConnectRequest& request, std::string_view texts);
  void PollBegun();
  void Settle(uint32_t id, bool failed);
  void Ask(uint32_t id);
  void Tell(uint32_t id);
  void Fail(uint32_t id, int error, ConnectStep step);
  void Watch(uint32_t id);
  void Expire();
  void ArmTimer();
  void LimitTime(uint32_t id);
  void HeapRemove(uint32_t id);
  void HeapPlace(uint32_t at, uint32_t id);
  void HeapSift(uint32_t at, uint32_t id);

  int epoll_ = -1;
  int timer_ = -1;
  uint64_t armedForUs_ = 0;  // 0: not armed
  uint64_t nowUs_ = 0;       // 0: nobody has asked in this call
  std::vector<Connection> connections_;
  std::vector<uint32_t> heap_;  // ids in flight, the first deadline on top
  std::vector<uint32_t> begun_;
  std::deque<ConnectResult> results_;
};

}  // namespace lvskeeper
