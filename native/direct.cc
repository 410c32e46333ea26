// Packets to one machine that bear another address, and the answers to them (checks with via_vip).
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>
#include <vector>

#include "addon.h"
#include "destination.h"
#include "errno.h"
#include "fd.h"

namespace lvskeeper {

namespace {

// Answers of as many servers as are asked at once.
constexpr int kReceiveBufferBytes = 1024 * 1024;
// linux/in.h, missing from glibc's headers: IPVS, which would take the packet for a client's, leaves alone what a raw
// socket of IPv4 with this option sends.
constexpr int kIpNodefrag = 22;

struct Way {
  std::string interfaceName;
  uint32_t mark;
};

void Choose(Napi::Env env, const UniqueFd& fd, const Way& way) {
  const auto& name = way.interfaceName;
  if (name.size() >= IFNAMSIZ) throw SystemError(env, ENODEV, "setsockopt");
  if (!name.empty() &&
      setsockopt(fd.get(), SOL_SOCKET, SO_BINDTODEVICE, name.c_str(), static_cast<socklen_t>(name.size() + 1)) < 0)
    throw SystemError(env, errno, "setsockopt");
  if (way.mark != 0) SetOption(env, fd, SOL_SOCKET, SO_MARK, way.mark);
}

Way WayArguments(const Napi::CallbackInfo& info, size_t first, const char* usage) {
  if (!info[first + 1].IsNumber()) throw Napi::TypeError::New(info.Env(), usage);
  return {StringArgument(info, first, usage), info[first + 1].As<Napi::Number>().Uint32Value()};
}

int FamilyArgument(const Napi::CallbackInfo& info, size_t index, const char* usage) {
  return IntArgument(info, index, usage) == 6 ? AF_INET6 : AF_INET;
}

// A link-local address is one of an interface.
void ChooseScope(Destination& to, const std::string& interfaceName) {
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&to.storage);
  if (to.storage.ss_family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr))
    v6->sin6_scope_id = if_nametoindex(interfaceName.c_str());
}

}  // namespace

// IPPROTO_RAW: the packet has its own header, and goes to the machine that sendRawIp() is told, whatever address it bears.
Napi::Value OpenDirect(const Napi::CallbackInfo& info) {
  static constexpr char kUsage[] = "openDirect(family: 4 | 6, interfaceName: string, mark: number)";
  const Napi::Env env = info.Env();
  const int family = FamilyArgument(info, 0, kUsage);
  const Way way = WayArguments(info, 1, kUsage);
  UniqueFd fd(OpenSocket(env, family, SOCK_RAW, IPPROTO_RAW));
  const int on = 1;
  if (family == AF_INET) SetOption(env, fd, IPPROTO_IP, kIpNodefrag, on);
  Choose(env, fd, way);
  return Napi::Number::New(env, fd.release());
}

Napi::Value SourceTowards(const Napi::CallbackInfo& info) {
  static constexpr char kUsage[] = "sourceTowards(host: string, interfaceName: string, mark: number)";
  static constexpr int kAnyPort = 9;
  const Napi::Env env = info.Env();
  Destination to = ParseDestination(env, StringArgument(info, 0, kUsage), kUsage, kAnyPort);
  const Way way = WayArguments(info, 1, kUsage);
  ChooseScope(to, way.interfaceName);
  UniqueFd fd(OpenSocket(env, to.storage.ss_family, SOCK_DGRAM, 0));
  Choose(env, fd, way);
  if (connect(fd.get(), to.get(), to.length) < 0) throw SystemError(env, errno, "connect");
  sockaddr_storage from{};
  socklen_t length = sizeof from;
  if (getsockname(fd.get(), reinterpret_cast<sockaddr*>(&from), &length) < 0)
    throw SystemError(env, errno, "getsockname");
  const void* address = from.ss_family == AF_INET
                            ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in*>(&from)->sin_addr)
                            : &reinterpret_cast<const sockaddr_in6*>(&from)->sin6_addr;
  char text[INET6_ADDRSTRLEN];
  inet_ntop(from.ss_family, address, text, sizeof text);
  return Napi::String::New(env, text);
}

// Nobody else on this machine is given the port: a socket has it and drops all that comes, so that the kernel does not
// reset connections that it has not made, or answer that nobody is there.
Napi::Value HoldPort(const Napi::CallbackInfo& info) {
  static constexpr char kUsage[] = "holdPort(family: 4 | 6, protocol: 'tcp' | 'udp', port: number)";
  const Napi::Env env = info.Env();
  const int family = FamilyArgument(info, 0, kUsage);
  const bool isTcp = StringArgument(info, 1, kUsage) == "tcp";
  Destination own = ParseDestination(env, family == AF_INET ? "0.0.0.0" : "::", kUsage, IntArgument(info, 2, kUsage));
  UniqueFd fd(OpenSocket(env, family, isTcp ? SOCK_STREAM : SOCK_DGRAM, 0));
  const int on = 1;
  if (family == AF_INET6) SetOption(env, fd, IPPROTO_IPV6, IPV6_V6ONLY, on);
  sock_filter nothing[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
  const sock_fprog dropping{1, nothing};
  SetOption(env, fd, SOL_SOCKET, SO_ATTACH_FILTER, dropping);
  if (bind(fd.get(), own.get(), own.length) < 0) throw SystemError(env, errno, "bind");
  if (isTcp && listen(fd.get(), 1) < 0) throw SystemError(env, errno, "listen");
  if (getsockname(fd.get(), reinterpret_cast<sockaddr*>(&own.storage), &own.length) < 0)
    throw SystemError(env, errno, "getsockname");
  const uint16_t port = family == AF_INET ? reinterpret_cast<const sockaddr_in*>(&own.storage)->sin_port
                                          : reinterpret_cast<const sockaddr_in6*>(&own.storage)->sin6_port;
  const auto result = Napi::Object::New(env);
  result.Set("fd", Napi::Number::New(env, fd.release()));
  result.Set("port", Napi::Number::New(env, ntohs(port)));
  return result;
}

// The tap sees packets before the kernel looks at their source, which may be an address of this machine.
Napi::Value OpenTap(const Napi::CallbackInfo& info) {
  static constexpr char kUsage[] = "openTap(family: 4 | 6, filter: Uint8Array)";
  const Napi::Env env = info.Env();
  const int family = FamilyArgument(info, 0, kUsage);
  const Bytes bytes = BytesArgument(info, 1, kUsage);
  if (bytes.size == 0 || bytes.size % sizeof(sock_filter) != 0 || bytes.size / sizeof(sock_filter) > BPF_MAXINSNS)
    throw Napi::TypeError::New(env, kUsage);
  std::vector<sock_filter> instructions(bytes.size / sizeof(sock_filter));
  std::memcpy(instructions.data(), bytes.data, bytes.size);
  const sock_fprog program{static_cast<unsigned short>(instructions.size()), instructions.data()};

  // Protocol 0: nothing comes before the filter is there.
  UniqueFd tap(OpenSocket(env, AF_PACKET, SOCK_DGRAM, 0));
  SetOption(env, tap, SOL_SOCKET, SO_ATTACH_FILTER, program);
  SetReceiveBuffer(env, tap, kReceiveBufferBytes);
  sockaddr_ll all{};
  all.sll_family = AF_PACKET;
  all.sll_protocol = htons(family == AF_INET ? ETH_P_IP : ETH_P_IPV6);
  if (bind(tap.get(), reinterpret_cast<const sockaddr*>(&all), sizeof all) < 0) throw SystemError(env, errno, "bind");
  return Napi::Number::New(env, tap.release());
}

}  // namespace lvskeeper
