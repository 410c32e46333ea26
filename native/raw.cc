// Raw IP sockets with our own IP header, for VRRP over IPv4 and IPv6.
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "addon.h"
#include "datagram.h"
#include "errno.h"
#include "fd.h"

namespace lvskeeper {

namespace {

constexpr int kTtl = 255;
// linux/in6.h, missing from glibc's headers of that time
constexpr int kIpv6MulticastAll = 29;
constexpr int kIpv6HeaderIncluded = 36;

Destination DestinationArgument(const Napi::CallbackInfo& info, size_t index, const char* usage) {
  return ParseDestination(info.Env(), StringArgument(info, index, usage), usage);
}

void PrepareIpv4(Napi::Env env, const UniqueFd& fd, int index, const Destination* group) {
  const int on = 1, off = 0;
  SetOption(env, fd, IPPROTO_IP, IP_HDRINCL, on);
  SetOption(env, fd, IPPROTO_IP, IP_TTL, kTtl);
  SetOption(env, fd, IPPROTO_IP, IP_MULTICAST_TTL, kTtl);
  SetOption(env, fd, IPPROTO_IP, IP_MULTICAST_LOOP, off);
  SetOption(env, fd, IPPROTO_IP, IP_MULTICAST_ALL, off);
  if (group == nullptr) return;
  ip_mreqn membership{};
  membership.imr_multiaddr = reinterpret_cast<const sockaddr_in*>(&group->storage)->sin_addr;
  membership.imr_ifindex = index;
  SetOption(env, fd, IPPROTO_IP, IP_MULTICAST_IF, membership);
  SetOption(env, fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, membership);
}

void PrepareIpv6(Napi::Env env, const UniqueFd& fd, int index, const Destination* group) {
  const int on = 1, off = 0;
  SetOption(env, fd, IPPROTO_IPV6, kIpv6HeaderIncluded, on);
  SetOption(env, fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, on);
  SetOption(env, fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, on);
  SetOption(env, fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, off);
  // Since Linux 4.20; before it, adverts of groups that another socket has joined are dropped by their destination.
  setsockopt(fd.get(), IPPROTO_IPV6, kIpv6MulticastAll, &off, sizeof off);
  if (group == nullptr) return;
  ipv6_mreq membership{};
  membership.ipv6mr_multiaddr = reinterpret_cast<const sockaddr_in6*>(&group->storage)->sin6_addr;
  membership.ipv6mr_interface = static_cast<unsigned>(index);
  SetOption(env, fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, index);
  SetOption(env, fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, membership);
}

}  // namespace

Napi::Value OpenRawIp(const Napi::CallbackInfo& info) {
  static constexpr char kUsage[] =
      "openRawIp(protocol: number, family: 4 | 6, interfaceName: string, receiveBufferBytes: number, group?: string)";
  const Napi::Env env = info.Env();
  const int protocol = IntArgument(info, 0, kUsage);
  const int family = IntArgument(info, 1, kUsage) == 6 ? AF_INET6 : AF_INET;
  const std::string name = StringArgument(info, 2, kUsage);
  const int receiveBufferBytes = IntArgument(info, 3, kUsage);
  Destination group;
  const bool joins = info.Length() > 4 && !info[4].IsUndefined();
  if (joins) group = DestinationArgument(info, 4, kUsage);
  if (joins && (group.storage.ss_family != family || name.empty())) throw Napi::TypeError::New(env, kUsage);
  if (name.size() >= IFNAMSIZ) throw SystemError(env, ENODEV, "if_nametoindex");
  const unsigned index = name.empty() ? 0 : if_nametoindex(name.c_str());
  if (index == 0 && !name.empty()) throw SystemError(env, errno, "if_nametoindex");

  UniqueFd fd(OpenSocket(env, family, SOCK_RAW, protocol));
  if (!name.empty() &&
      setsockopt(fd.get(), SOL_SOCKET, SO_BINDTODEVICE, name.c_str(), static_cast<socklen_t>(name.size() + 1)) < 0)
    throw SystemError(env, errno, "setsockopt");
  SetReceiveBuffer(env, fd, receiveBufferBytes);
  SetOption(env, fd, SOL_SOCKET, SO_PRIORITY, kPriorityControl);
  const auto prepare = family == AF_INET ? PrepareIpv4 : PrepareIpv6;
  prepare(env, fd, static_cast<int>(index), joins ? &group : nullptr);
  return Napi::Number::New(env, fd.release());
}

Napi::Value SendRawIp(const Napi::CallbackInfo& info) {
  static constexpr char kUsage[] = "sendRawIp(fd: number, packet: Uint8Array, destination: string)";
  const int fd = IntArgument(info, 0, kUsage);
  const Bytes bytes = BytesArgument(info, 1, kUsage);
  const Destination to = DestinationArgument(info, 2, kUsage);
  return Napi::Number::New(info.Env(), static_cast<double>(SendTo(fd, bytes, to)));
}

}  // namespace lvskeeper
