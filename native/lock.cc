// Locks of files that programs written in other languages look at.
#include <fcntl.h>

#include <cerrno>

#include "addon.h"
#include "errno.h"

namespace lvskeeper {

Napi::Value LockFile(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int fd = IntArgument(info, 0, "lockFile(fd: number)");
  struct flock whole = {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  if (fcntl(fd, F_OFD_SETLK, &whole) == 0) return Napi::Boolean::New(env, true);
  if (errno == EAGAIN || errno == EACCES) return Napi::Boolean::New(env, false);
  throw SystemError(env, errno, "fcntl");
}

}  // namespace lvskeeper
