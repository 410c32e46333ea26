// Who is at the other end of a socket, and what this process may do.
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "addon.h"
#include "errno.h"

namespace lvskeeper {

Napi::Value PeerCredentials(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int fd = IntArgument(info, 0, "peerCredentials(fd: number)");
  struct ucred peer = {};
  socklen_t length = sizeof peer;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0) throw SystemError(env, errno, "getsockopt");
  Napi::Object found = Napi::Object::New(env);
  found.Set("pid", Napi::Number::New(env, peer.pid));
  found.Set("uid", Napi::Number::New(env, peer.uid));
  return found;
}

void DropCapabilities(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  // The ambient set first: it is what would come back at an exec.
  if (prctl(PR_CAP_AMBIENT, static_cast<unsigned long>(PR_CAP_AMBIENT_CLEAR_ALL), 0UL, 0UL, 0UL) < 0 && errno != EINVAL)
    throw SystemError(env, errno, "prctl");
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};
  if (syscall(SYS_capset, &header, none) < 0) throw SystemError(env, errno, "capset");
  if (prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL) < 0) throw SystemError(env, errno, "prctl");
}

}  // namespace lvskeeper
