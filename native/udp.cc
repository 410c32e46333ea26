// UDP sockets that are told with each datagram how many hops it had left and where it was sent to, for BFD.
#include <netinet/ip.h>

#include <cstring>

#include "addon.h"
#include "datagram.h"
#include "fd.h"

namespace lvskeeper {

namespace {

constexpr int kReceiveBufferBytes = 256 * 1024;
constexpr int kTrafficClass = 0xc0;  // network control, CS6 of RFC 2474

// What receiveUdp() tells beside the payload: native/index.ts has the layout.
constexpr size_t kAboutBytes = 40;
constexpr size_t kFromAt = 0, kToAt = 16, kHopsAt = 32, kPortAt = 34, kInterfaceAt = 36;

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

void TellAddressee(uint8_t* about, const void* address, size_t size, int index) {
  std::memcpy(about + kToAt, address, size);
  const uint32_t inOrder = htonl(static_cast<uint32_t>(index));
  std::memcpy(about + kInterfaceAt, &inOrder, sizeof inOrder);
}

void Tell(uint8_t* about, const cmsghdr& c) {
  if (c.cmsg_level == IPPROTO_IP && c.cmsg_type == IP_PKTINFO) {
    const auto to = ControlValue<in_pktinfo>(c);
    TellAddressee(about, &to.ipi_addr, sizeof to.ipi_addr, to.ipi_ifindex);
  } else if (c.cmsg_level == IPPROTO_IPV6 && c.cmsg_type == IPV6_PKTINFO) {
    const auto to = ControlValue<in6_pktinfo>(c);
    TellAddressee(about, &to.ipi6_addr, sizeof to.ipi6_addr, static_cast<int>(to.ipi6_ifindex));
  } else if ((c.cmsg_level == IPPROTO_IP && c.cmsg_type == IP_TTL) ||
             (c.cmsg_level == IPPROTO_IPV6 && c.cmsg_type == IPV6_HOPLIMIT)) {
    about[kHopsAt] = static_cast<uint8_t>(ControlValue<int>(c));
  }
}

}  // namespace

Napi::Value OpenUdp(const Napi::CallbackInfo& info) {
  static constexpr char kUsage[] = "openUdp(address: string, port: number, hops: number)";
  const Napi::Env env = info.Env();
  const int port = IntArgument(info, 1, kUsage);
  const int hops = IntArgument(info, 2, kUsage);
  const Destination own = ParseDestination(env, StringArgument(info, 0, kUsage), kUsage, port);
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
  const Destination to = ParseDestination(info.Env(), StringArgument(info, 2, kUsage), kUsage, port);
  return Napi::Number::New(info.Env(), static_cast<double>(SendTo(fd, bytes, to)));
}

Napi::Value ReceiveUdp(const Napi::CallbackInfo& info) {
  static constexpr char kUsage[] = "receiveUdp(fd: number, buffer: Uint8Array, about: Uint8Array of at least 40)";
  const Napi::Env env = info.Env();
  const int fd = IntArgument(info, 0, kUsage);
  const Bytes bytes = BytesArgument(info, 1, kUsage);
  const Bytes about = BytesArgument(info, 2, kUsage);
  if (about.size < kAboutBytes) throw Napi::TypeError::New(env, kUsage);

  Datagram datagram;
  const long length = datagram.Receive(fd, bytes);
  if (length < 0) return Napi::Number::New(env, static_cast<double>(length));

  std::memset(about.data, 0, kAboutBytes);
  if (datagram.from.ss_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(&datagram.from);
    std::memcpy(about.data + kFromAt, &v4->sin_addr, sizeof v4->sin_addr);
    std::memcpy(about.data + kPortAt, &v4->sin_port, sizeof v4->sin_port);
  } else {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&datagram.from);
    std::memcpy(about.data + kFromAt, &v6->sin6_addr, sizeof v6->sin6_addr);
    std::memcpy(about.data + kPortAt, &v6->sin6_port, sizeof v6->sin6_port);
  }
  datagram.EachControl([&](const cmsghdr& c) { Tell(about.data, c); });
  return Napi::Number::New(env, static_cast<double>(length));
}

}  // namespace lvskeeper
