// Packets to one machine that bear another address, and the answers to them (checks with via_vip).
#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

#include "addon.h"
#include "errno.h"
#include "fd.h"

namespace lvskeeper {

namespace {

// Answers of as many servers as are asked at once.
constexpr int kReceiveBufferBytes = 1024 * 1024;
// linux/in.h, missing from glibc's headers: IPVS, which would take the packet for a client's, leaves alone what a raw
// socket with this option sends.
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

}  // namespace

// IPPROTO_RAW: the packet has its own header, and goes to the machine that sendRawIp() is told, whatever address it bears.
Napi::Value OpenDirect(const Napi::CallbackInfo& info) {
  static constexpr char kUsage[] = "openDirect(interfaceName: string, mark: number)";
  const Napi::Env env = info.Env();
  const Way way = WayArguments(info, 0, kUsage);
  UniqueFd fd(OpenSocket(env, AF_INET, SOCK_RAW, IPPROTO_RAW));
  const int on = 1;
  SetOption(env, fd, IPPROTO_IP, kIpNodefrag, on);
  Choose(env, fd, way);
  return Napi::Number::New(env, fd.release());
}

Napi::Value SourceTowards(const Napi::CallbackInfo& info) {
  static constexpr char kUsage[] = "sourceTowards(host: string, interfaceName: string, mark: number)";
  const Napi::Env env = info.Env();
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(9);
  if (inet_pton(AF_INET, StringArgument(info, 0, kUsage).c_str(), &to.sin_addr) != 1)
    throw Napi::TypeError::New(env, kUsage);
  UniqueFd fd(OpenSocket(env, AF_INET, SOCK_DGRAM, 0));
  Choose(env, fd, WayArguments(info, 1, kUsage));
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) < 0) throw SystemError(env, errno, "connect");
  sockaddr_in from{};
  socklen_t length = sizeof from;
  if (getsockname(fd.get(), reinterpret_cast<sockaddr*>(&from), &length) < 0)
    throw SystemError(env, errno, "getsockname");
  char text[INET_ADDRSTRLEN];
  inet_ntop(AF_INET, &from.sin_addr, text, sizeof text);
  return Napi::String::New(env, text);
}

// Nobody else on this machine is given the port: a socket listens there and drops all that comes, so that the kernel does
// not reset connections that it has not made. The tap sees packets before the kernel looks at their source, which may be an
// address of this machine.
Napi::Value OpenTap(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  UniqueFd holder(OpenSocket(env, AF_INET, SOCK_STREAM, IPPROTO_TCP));
  sockaddr_in own{};
  own.sin_family = AF_INET;
  socklen_t length = sizeof own;
  auto* address = reinterpret_cast<sockaddr*>(&own);
  if (bind(holder.get(), address, sizeof own) < 0) throw SystemError(env, errno, "bind");
  if (getsockname(holder.get(), address, &length) < 0) throw SystemError(env, errno, "getsockname");
  const uint16_t port = ntohs(own.sin_port);
  sock_filter nothing[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
  const sock_fprog dropping{1, nothing};
  SetOption(env, holder, SOL_SOCKET, SO_ATTACH_FILTER, dropping);
  if (listen(holder.get(), 1) < 0) throw SystemError(env, errno, "listen");

  // Protocol 0: nothing comes before the filter is there. It begins at the IP header: TCP, no later fragment, to the port.
  UniqueFd tap(OpenSocket(env, AF_PACKET, SOCK_DGRAM, 0));
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_TCP, 0, 6),
      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 6),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x1fff, 4, 0),
      BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
      BPF_STMT(BPF_LD | BPF_H | BPF_IND, 2),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, port, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0xffff),
      BPF_STMT(BPF_RET | BPF_K, 0),
  };
  const sock_fprog program{sizeof code / sizeof code[0], code};
  SetOption(env, tap, SOL_SOCKET, SO_ATTACH_FILTER, program);
  SetReceiveBuffer(env, tap, kReceiveBufferBytes);
  sockaddr_ll all{};
  all.sll_family = AF_PACKET;
  all.sll_protocol = htons(ETH_P_IP);
  if (bind(tap.get(), reinterpret_cast<const sockaddr*>(&all), sizeof all) < 0) throw SystemError(env, errno, "bind");

  const auto result = Napi::Object::New(env);
  result.Set("port", Napi::Number::New(env, port));
  result.Set("fd", Napi::Number::New(env, tap.release()));
  result.Set("holderFd", Napi::Number::New(env, holder.release()));
  return result;
}

}  // namespace lvskeeper
