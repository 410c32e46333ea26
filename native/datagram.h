// Datagrams with what the kernel tells beside them. Nothing is thrown: a byte count or a negative errno.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

#include "addon.h"
#include "destination.h"
#include "errno.h"

namespace lvskeeper {

inline long SendTo(int fd, const Bytes& bytes, const Destination& to) {
  return Retry([&] { return sendto(fd, bytes.data, bytes.size, MSG_DONTWAIT | MSG_NOSIGNAL, to.get(), to.length); });
}

struct Datagram {
  sockaddr_storage from{};
  alignas(cmsghdr) uint8_t control[256];
  msghdr message{};

  // The true length, also of a datagram that `into` is too small for.
  long Receive(int fd, const Bytes& into) {
    iovec part{into.data, into.size};
    return Retry([&]() -> long {
      message = {};
      message.msg_name = &from;
      message.msg_namelen = sizeof from;
      message.msg_iov = &part;
      message.msg_iovlen = 1;
      message.msg_control = control;
      message.msg_controllen = sizeof control;
      return recvmsg(fd, &message, MSG_DONTWAIT | MSG_TRUNC);
    });
  }

  // Each control message of what was received last.
  template <typename See>
  void EachControl(See see) {
    for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) see(*c);
  }
};

template <typename T>
T ControlValue(const cmsghdr& control) {
  T value;
  std::memcpy(&value, CMSG_DATA(&control), sizeof value);
  return value;
}

}  // namespace lvskeeper
