// Raw IPv4 sockets with our own IP header, for VRRP.
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "addon.h"
#include "errno.h"
#include "fd.h"

namespace lvskeeper {

namespace {

constexpr int kReceiveBufferBytes = 256 * 1024;
constexpr int kPriorityControl = 7;  // TC_PRIO_CONTROL of linux/pkt_sched.h
constexpr int kTtl = 255;

sockaddr_in Ipv4Argument(const Napi::CallbackInfo& info, size_t index, const char* usage) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (inet_pton(AF_INET, StringArgument(info, index, usage).c_str(), &address.sin_addr) != 1)
    throw Napi::TypeError::New(info.Env(), usage);
  return address;
}

}  // namespace

Napi::Value OpenRawIp(const Napi::CallbackInfo& info) {
  static constexpr char kUsage[] = "openRawIp(protocol: number, interfaceName: string, group: IPv4 string)";
  const Napi::Env env = info.Env();
  const int protocol = IntArgument(info, 0, kUsage);
  const std::string name = StringArgument(info, 1, kUsage);
  const sockaddr_in group = Ipv4Argument(info, 2, kUsage);
  if (name.empty() || name.size() >= IFNAMSIZ) throw SystemError(env, ENODEV, "if_nametoindex");
  const unsigned index = if_nametoindex(name.c_str());
  if (index == 0) throw SystemError(env, errno, "if_nametoindex");

  UniqueFd fd(OpenSocket(env, AF_INET, SOCK_RAW, protocol));
  if (setsockopt(fd.get(), SOL_SOCKET, SO_BINDTODEVICE, name.c_str(), static_cast<socklen_t>(name.size() + 1)) < 0)
    throw SystemError(env, errno, "setsockopt");
  SetReceiveBuffer(env, fd, kReceiveBufferBytes);
  SetOption(env, fd, SOL_SOCKET, SO_PRIORITY, kPriorityControl);
  const int on = 1, off = 0;
  SetOption(env, fd, IPPROTO_IP, IP_HDRINCL, on);
  SetOption(env, fd, IPPROTO_IP, IP_TTL, kTtl);
  SetOption(env, fd, IPPROTO_IP, IP_MULTICAST_TTL, kTtl);
  SetOption(env, fd, IPPROTO_IP, IP_MULTICAST_LOOP, off);
  SetOption(env, fd, IPPROTO_IP, IP_MULTICAST_ALL, off);
  ip_mreqn membership{};
  membership.imr_multiaddr = group.sin_addr;
  membership.imr_ifindex = static_cast<int>(index);
  SetOption(env, fd, IPPROTO_IP, IP_MULTICAST_IF, membership);
  SetOption(env, fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, membership);
  return Napi::Number::New(env, fd.release());
}

Napi::Value SendRawIp(const Napi::CallbackInfo& info) {
  static constexpr char kUsage[] = "sendRawIp(fd: number, packet: Uint8Array, destination: IPv4 string)";
  const int fd = IntArgument(info, 0, kUsage);
  const Bytes bytes = BytesArgument(info, 1, kUsage);
  const sockaddr_in to = Ipv4Argument(info, 2, kUsage);
  const long sent = Retry([&] {
    return sendto(fd, bytes.data, bytes.size, MSG_DONTWAIT | MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&to),
                  sizeof to);
  });
  return Napi::Number::New(info.Env(), static_cast<double>(sent));
}

}  // namespace lvskeeper
