// Sockets of health checks: TCP sockets with options that node:net does not know, and datagram sockets for UDP and ICMP.
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <sys/socket.h>

#include <cstring>

#include "addon.h"
#include "errno.h"
#include "fd.h"

namespace lvskeeper {

namespace {

// A flood of answers may fill this much of the kernel's memory for one check.
constexpr int kReceiveBufferBytes = 64 * 1024;
// linux/icmp.h, missing from glibc's headers
constexpr int kIcmpFilter = 1;

struct Kind {
  int type;
  int protocol4;
  int protocol6;
};

bool KindOf(const std::string& name, Kind* kind) {
  if (name == "tcp") *kind = {SOCK_STREAM, IPPROTO_TCP, IPPROTO_TCP};
  else if (name == "udp") *kind = {SOCK_DGRAM, IPPROTO_UDP, IPPROTO_UDP};
  else if (name == "ping") *kind = {SOCK_DGRAM, IPPROTO_ICMP, IPPROTO_ICMPV6};
  else if (name == "icmp") *kind = {SOCK_RAW, IPPROTO_ICMP, IPPROTO_ICMPV6};
  else return false;
  return true;
}

// Of all ICMP that a raw socket could be handed, the answers to echo requests.
void OnlyEchoReplies(Napi::Env env, const UniqueFd& fd, int family) {
  if (family == AF_INET) {
    const uint32_t blocked = ~(1u << ICMP_ECHOREPLY);
    SetOption(env, fd, SOL_RAW, kIcmpFilter, blocked);
    return;
  }
  icmp6_filter filter;
  ICMP6_FILTER_SETBLOCKALL(&filter);
  ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter);
  SetOption(env, fd, IPPROTO_ICMPV6, ICMP6_FILTER, filter);
}

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

bool ParseAddress(const std::string& text, int port, Address* address) {
  if (auto* v4 = reinterpret_cast<sockaddr_in*>(&address->storage); inet_pton(AF_INET, text.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(static_cast<uint16_t>(port));
    address->length = sizeof *v4;
    return true;
  }
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address->storage);
  if (inet_pton(AF_INET6, text.c_str(), &v6->sin6_addr) != 1) return false;
  v6->sin6_family = AF_INET6;
  v6->sin6_port = htons(static_cast<uint16_t>(port));
  address->length = sizeof *v6;
  return true;
}

}  // namespace

Napi::Value OpenProbe(const Napi::CallbackInfo& info) {
  static constexpr char kUsage[] =
      "openProbe(kind: 'tcp' | 'udp' | 'ping' | 'icmp', family: 4 | 6, interfaceName: string, mark: number, "
      "resetAtEnd: boolean)";
  const Napi::Env env = info.Env();
  Kind kind;
  if (!KindOf(StringArgument(info, 0, kUsage), &kind)) throw Napi::TypeError::New(env, kUsage);
  const int family = IntArgument(info, 1, kUsage) == 6 ? AF_INET6 : AF_INET;
  const std::string name = StringArgument(info, 2, kUsage);
  if (!info[3].IsNumber() || !info[4].IsBoolean()) throw Napi::TypeError::New(env, kUsage);
  const uint32_t mark = info[3].As<Napi::Number>().Uint32Value();
  if (name.size() >= IFNAMSIZ) throw SystemError(env, ENODEV, "setsockopt");

  UniqueFd fd(OpenSocket(env, family, kind.type, family == AF_INET ? kind.protocol4 : kind.protocol6));
  if (!name.empty() &&
      setsockopt(fd.get(), SOL_SOCKET, SO_BINDTODEVICE, name.c_str(), static_cast<socklen_t>(name.size() + 1)) < 0)
    throw SystemError(env, errno, "setsockopt");
  if (mark != 0) SetOption(env, fd, SOL_SOCKET, SO_MARK, mark);
  if (info[4].As<Napi::Boolean>()) SetOption(env, fd, SOL_SOCKET, SO_LINGER, linger{1, 0});
  if (kind.type == SOCK_STREAM) return Napi::Number::New(env, fd.release());

  const int on = 1;
  // Unreachable hosts and ports become errors of the socket, also those that a plain socket would wait out.
  if (family == AF_INET) SetOption(env, fd, IPPROTO_IP, IP_RECVERR, on);
  else SetOption(env, fd, IPPROTO_IPV6, IPV6_RECVERR, on);
  SetOption(env, fd, SOL_SOCKET, SO_RCVBUF, kReceiveBufferBytes);
  if (kind.type == SOCK_RAW) OnlyEchoReplies(env, fd, family);
  return Napi::Number::New(env, fd.release());
}

void ConnectProbe(const Napi::CallbackInfo& info) {
  static constexpr char kUsage[] =
      "connectProbe(fd: number, host: string, port: number, bindAddress: string, bindPort: number)";
  const Napi::Env env = info.Env();
  const int fd = IntArgument(info, 0, kUsage);
  Address to, from;
  if (!ParseAddress(StringArgument(info, 1, kUsage), IntArgument(info, 2, kUsage), &to))
    throw Napi::TypeError::New(env, kUsage);
  const std::string source = StringArgument(info, 3, kUsage);
  const int port = IntArgument(info, 4, kUsage);
  if (!source.empty() || port != 0) {
    const char* any = to.storage.ss_family == AF_INET6 ? "::" : "0.0.0.0";
    if (!ParseAddress(source.empty() ? any : source, port, &from)) throw Napi::TypeError::New(env, kUsage);
    const int on = 1;
    if (port != 0) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, from.get(), from.length) < 0) throw SystemError(env, errno, "bind");
  }
  if (Retry([&] { return connect(fd, to.get(), to.length); }) < 0) throw SystemError(env, errno, "connect");
}

}  // namespace lvskeeper
