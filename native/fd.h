// A file descriptor that is closed on every early exit, until release() hands it to JavaScript.
#pragma once

#include <napi.h>
#include <sys/socket.h>
#include <unistd.h>

#include "errno.h"

namespace lvskeeper {

class UniqueFd {
 public:
  explicit UniqueFd(int fd) : fd_(fd) {}
  ~UniqueFd() {
    if (fd_ >= 0) close(fd_);
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;

  int get() const { return fd_; }
  int release() {
    const int fd = fd_;
    fd_ = -1;
    return fd;
  }

 private:
  int fd_;
};

constexpr int kPriorityControl = 7;  // TC_PRIO_CONTROL of linux/pkt_sched.h

// A non-blocking, close-on-exec socket; throws what node:net throws.
inline int OpenSocket(Napi::Env env, int family, int type, int protocol) {
  const int fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
  if (fd < 0) throw SystemError(env, errno, "socket");
  return fd;
}

template <typename T>
inline void SetOption(Napi::Env env, const UniqueFd& fd, int level, int name, const T& value) {
  if (setsockopt(fd.get(), level, name, &value, sizeof value) < 0) throw SystemError(env, errno, "setsockopt");
}

// The receive buffer as large as asked for: beyond net.core.rmem_max with CAP_NET_ADMIN, up to it without.
inline void SetReceiveBuffer(Napi::Env env, const UniqueFd& fd, int bytes) {
  if (setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) == 0) return;
  SetOption(env, fd, SOL_SOCKET, SO_RCVBUF, bytes);
}

}  // namespace lvskeeper
