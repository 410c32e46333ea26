// AF_UNIX datagrams, which node:net and node:dgram do not have: syslog's /dev/log.
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>

#include "addon.h"
#include "errno.h"
#include "fd.h"

namespace lvskeeper {

Napi::Value OpenUnixDatagram(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::string path = StringArgument(info, 0, "openUnixDatagram(path: string)");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) throw SystemError(env, ENAMETOOLONG, "connect");
  std::memcpy(address.sun_path, path.data(), path.size());
  UniqueFd fd(OpenSocket(env, AF_UNIX, SOCK_DGRAM, 0));
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0)
    throw SystemError(env, errno, "connect");
  return Napi::Number::New(env, fd.release());
}

}  // namespace lvskeeper
