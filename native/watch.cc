// Readiness of a descriptor on the event loop that runs the calling JavaScript (a worker has one of its own).
#include <fcntl.h>

#include "addon.h"
#include "poll_handle.h"

namespace lvskeeper {

namespace {

class Watcher : public PollHandle {
 public:
  Watcher(Napi::Env env, int fd, Napi::Function onReadable)
      : PollHandle(env, "lvskeeper:watch", onReadable), fd_(fd) {}

 private:
  void OnReady(int status) override {
    Call();
    // libuv ends polling when the kernel flags a socket error (ENOBUFS, ENETDOWN). The callback has read the error away,
    // so polling goes on; not so for a descriptor that was closed under us, which epoll would make libuv abort on.
    if (status < 0 && !isStopped() && fcntl(fd_, F_GETFD) >= 0) Poll();
  }

  int fd_;
};

}  // namespace

Napi::Value Watch(const Napi::CallbackInfo& info) {
  static constexpr char kUsage[] = "watch(fd: number, onReadable: () => void)";
  const Napi::Env env = info.Env();
  const int fd = IntArgument(info, 0, kUsage);
  if (!info[1].IsFunction()) throw Napi::TypeError::New(env, kUsage);
  auto watcher = std::make_unique<Watcher>(env, fd, info[1].As<Napi::Function>());
  if (const int failed = watcher->Start(LoopOf(env), fd); failed != 0) throw SystemError(env, -failed, "uv_poll_init");
  return StopFunction(env, Share(std::move(watcher)), "stop");
}

}  // namespace lvskeeper
