// UDP sockets that are told with each datagram how many hops it had left and where it was sent to, for BFD.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <sys/socket.h>

#include <cstring>

#include "addon.h"
#include "errno.h"
#include "fd.h"

namespace lvskeeper {

namespace {

constexpr int kReceiveBufferBytes = 256 * 1024;
constexpr int kPriorityControl = 7;  // TC_PRIO_CONTROL of linux/pkt_sched.h
constexpr int kTrafficClass = 0xc0;  // network control, CS6 of RFC 2474

// What receiveUdp() tells beside the payload: native/index.ts has the layout.
constexpr size_t kAboutBytes = 40;
constexpr size_t kFromAt = 0, kToAt = 16, kHopsAt = 32, kPortAt = 34, kInterfaceAt = 36;

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

// TypeError with `usage` for what is no address.
Address ParseEndpoint(Napi::Env env, const std::string& text, int port, const char* usage) {
  Address address;
  if (auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage); inet_pton(AF_INET, text.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(static_cast<uint16_t>(port));
    address.length = sizeof *v4;
    return address;
  }
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  if (inet_pton(AF_INET6, text.c_str(), &v6->sin6_addr) != 1) throw Napi::TypeError::New(env, usage);
  v6->sin6_family = AF_INET6;
  v6->sin6_port = htons(static_cast<uint16_t>(port));
  address.length = sizeof *v6;
  return address;
}

void Prepare(Napi::Env env, const UniqueFd& fd, int family, int hops) {
  const int on = 1;
  if (family == AF_INET) {
    SetOption(env, fd, IPPROTO_IP, IP_RECVTTL, on);
    SetOption(env, fd, IPPROTO_IP, IP_PKTINFO, on);
    SetOption(env, fd, IPPROTO_IP, IP_TTL, hops);
    SetOption(env, fd, IPPROTO_IP, IP_TOS, kTrafficClass);
  } else {
    SetOption(env, fd, IPPROTO_IPV6, IPV6_V6ONLY, on);
    SetOption(env, fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, on);
    SetOption(env, fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, on);
    SetOption(env, fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, hops);
    SetOption(env, fd, IPPROTO_IPV6, IPV6_TCLASS, kTrafficClass);
  }
  SetOption(env, fd, SOL_SOCKET, SO_PRIORITY, kPriorityControl);
  SetReceiveBuffer(env, fd, kReceiveBufferBytes);
}

void Tell(uint8_t* about, const cmsghdr* c) {
  uint32_t index = 0;
  int hops = 0;
  if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
    in_pktinfo to;
    std::memcpy(&to, CMSG_DATA(c), sizeof to);
    std::memcpy(about + kToAt, &to.ipi_addr, sizeof to.ipi_addr);
    index = htonl(static_cast<uint32_t>(to.ipi_ifindex));
    std::memcpy(about + kInterfaceAt, &index, sizeof index);
  } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
    in6_pktinfo to;
    std::memcpy(&to, CMSG_DATA(c), sizeof to);
    std::memcpy(about + kToAt, &to.ipi6_addr, sizeof to.ipi6_addr);
    index = htonl(static_cast<uint32_t>(to.ipi6_ifindex));
    std::memcpy(about + kInterfaceAt, &index, sizeof index);
  } else if ((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TTL) ||
             (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_HOPLIMIT)) {
    std::memcpy(&hops, CMSG_DATA(c), sizeof hops);
    about[kHopsAt] = static_cast<uint8_t>(hops);
  }
}

}  // namespace

Napi::Value OpenUdp(const Napi::CallbackInfo& info) {
  static constexpr char kUsage[] = "openUdp(address: string, port: number, hops: number)";
  const Napi::Env env = info.Env();
  const int port = IntArgument(info, 1, kUsage);
  const int hops = IntArgument(info, 2, kUsage);
  const Address own = ParseEndpoint(env, StringArgument(info, 0, kUsage), port, kUsage);
  UniqueFd fd(OpenSocket(env, own.storage.ss_family, SOCK_DGRAM, IPPROTO_UDP));
  Prepare(env, fd, own.storage.ss_family, hops);
  if (bind(fd.get(), own.get(), own.length) < 0) throw SystemError(env, errno, "bind");
  return Napi::Number::New(env, fd.release());
}

Napi::Value SendUdp(const Napi::CallbackInfo& info) {
  static constexpr char kUsage[] = "sendUdp(fd: number, data: Uint8Array, address: string, port: number)";
  const int fd = IntArgument(info, 0, kUsage);
  const Bytes bytes = BytesArgument(info, 1, kUsage);
  const int port = IntArgument(info, 3, kUsage);
  const Address to = ParseEndpoint(info.Env(), StringArgument(info, 2, kUsage), port, kUsage);
  const long sent =
      Retry([&] { return sendto(fd, bytes.data, bytes.size, MSG_DONTWAIT | MSG_NOSIGNAL, to.get(), to.length); });
  return Napi::Number::New(info.Env(), static_cast<double>(sent));
}

Napi::Value ReceiveUdp(const Napi::CallbackInfo& info) {
  static constexpr char kUsage[] = "receiveUdp(fd: number, buffer: Uint8Array, about: Uint8Array of at least 40)";
  const Napi::Env env = info.Env();
  const int fd = IntArgument(info, 0, kUsage);
  const Bytes bytes = BytesArgument(info, 1, kUsage);
  const Bytes about = BytesArgument(info, 2, kUsage);
  if (about.size < kAboutBytes) throw Napi::TypeError::New(env, kUsage);

  sockaddr_storage from{};
  alignas(cmsghdr) uint8_t control[256];
  iovec part{bytes.data, bytes.size};
  msghdr message{};
  const long length = Retry([&]() -> long {
    message = {};
    message.msg_name = &from;
    message.msg_namelen = sizeof from;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    return recvmsg(fd, &message, MSG_DONTWAIT | MSG_TRUNC);
  });
  if (length < 0) return Napi::Number::New(env, static_cast<double>(length));

  std::memset(about.data, 0, kAboutBytes);
  if (from.ss_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(&from);
    std::memcpy(about.data + kFromAt, &v4->sin_addr, sizeof v4->sin_addr);
    std::memcpy(about.data + kPortAt, &v4->sin_port, sizeof v4->sin_port);
  } else {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&from);
    std::memcpy(about.data + kFromAt, &v6->sin6_addr, sizeof v6->sin6_addr);
    std::memcpy(about.data + kPortAt, &v6->sin6_port, sizeof v6->sin6_port);
  }
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) Tell(about.data, c);
  return Napi::Number::New(env, static_cast<double>(length));
}

}  // namespace lvskeeper
