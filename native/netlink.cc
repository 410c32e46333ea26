// AF_NETLINK sockets: rtnetlink and generic netlink.
#include <linux/netlink.h>
#include <sys/socket.h>

#include "addon.h"
#include "errno.h"
#include "fd.h"

namespace lvskeeper {

Napi::Value OpenNetlink(const Napi::CallbackInfo& info) {
  static constexpr char kUsage[] = "openNetlink(protocol: number, receiveBufferBytes: number)";
  const Napi::Env env = info.Env();
  const int protocol = IntArgument(info, 0, kUsage);
  const int receiveBufferBytes = IntArgument(info, 1, kUsage);
  UniqueFd fd(OpenSocket(env, AF_NETLINK, SOCK_RAW, protocol));
  SetReceiveBuffer(env, fd, receiveBufferBytes);
  // Acknowledgements without a copy of the request, and with the kernel's own message: kernels before 4.12 have neither.
  const int on = 1;
  setsockopt(fd.get(), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
  setsockopt(fd.get(), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  if (bind(fd.get(), generic, sizeof address) < 0) throw SystemError(env, errno, "bind");
  // Connected to the kernel (port 0): messages of other processes, which generic netlink lets anyone send, are refused.
  if (connect(fd.get(), generic, sizeof address) < 0) throw SystemError(env, errno, "connect");
  return Napi::Number::New(env, fd.release());
}

void JoinNetlinkGroup(const Napi::CallbackInfo& info) {
  static constexpr char kUsage[] = "joinNetlinkGroup(fd: number, group: number)";
  const int fd = IntArgument(info, 0, kUsage);
  const int group = IntArgument(info, 1, kUsage);
  if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) < 0)
    throw SystemError(info.Env(), errno, "setsockopt");
}

}  // namespace lvskeeper
