// Work in another network namespace.
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include "addon.h"
#include "errno.h"
#include "fd.h"

namespace lvskeeper {

namespace {

int OpenNamespace(Napi::Env env, const char* file) {
  const int fd = open(file, O_RDONLY | O_CLOEXEC);
  if (fd < 0) throw SystemError(env, errno, "open");
  return fd;
}

}  // namespace

// The namespace is that of the calling thread alone: JavaScript's. There is no going on in the wrong one.
Napi::Value InNetworkNamespace(const Napi::CallbackInfo& info) {
  static constexpr char kUsage[] = "inNetworkNamespace(file: string, work: () => T)";
  const Napi::Env env = info.Env();
  const std::string file = StringArgument(info, 0, kUsage);
  if (!info[1].IsFunction()) throw Napi::TypeError::New(env, kUsage);
  const UniqueFd own(OpenNamespace(env, "/proc/thread-self/ns/net"));
  const UniqueFd other(OpenNamespace(env, file.c_str()));
  if (setns(other.get(), CLONE_NEWNET) < 0) throw SystemError(env, errno, "setns");
  struct Return {
    int fd;
    ~Return() {
      if (setns(fd, CLONE_NEWNET) < 0) abort();
    }
  } back{own.get()};
  return info[1].As<Napi::Function>().Call({});
}

}  // namespace lvskeeper
