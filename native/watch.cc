// Readiness of a descriptor on the event loop that runs the calling JavaScript (a worker has one of its own).
#include <fcntl.h>
#include <node_api.h>
#include <uv.h>

#include <memory>

#include "addon.h"
#include "errno.h"

namespace lvskeeper {

namespace {

// One watched descriptor. It lives until libuv has closed its handle; `stop` may run any number of times before that.
class Watcher {
 public:
  Watcher(Napi::Env env, int fd, Napi::Function onReadable)
      : env_(env), fd_(fd), context_(env, "lvskeeper:watch"), callback_(Napi::Persistent(onReadable)) {
    poll_.data = this;
  }

  // Zero, and from then on libuv owns the object; or a negative errno, and the caller still does.
  int Start(uv_loop_t* loop) {
    const int failed = uv_poll_init(loop, &poll_, fd_);
    if (failed != 0) return failed;
    napi_add_async_cleanup_hook(env_, OnEnvironmentEnd, this, &cleanup_);
    uv_poll_start(&poll_, UV_READABLE, OnEvent);
    return 0;
  }

  // Off the loop at once, so that the descriptor may be closed as soon as this returns.
  void Stop() {
    if (stopped_) return;
    stopped_ = true;
    callback_.Reset();
    uv_close(reinterpret_cast<uv_handle_t*>(&poll_), [](uv_handle_t* handle) {
      auto* self = static_cast<Watcher*>(handle->data);
      napi_remove_async_cleanup_hook(self->cleanup_);
      delete self;
    });
  }

 private:
  static void OnEvent(uv_poll_t* poll, int status, int) {
    auto* self = static_cast<Watcher*>(poll->data);
    self->Call();
    // libuv ends polling when the kernel flags a socket error (ENOBUFS, ENETDOWN). The callback has read the error away,
    // so polling goes on; not so for a descriptor that was closed under us, which epoll would make libuv abort on.
    if (status < 0 && !self->stopped_ && fcntl(self->fd_, F_GETFD) >= 0) uv_poll_start(poll, UV_READABLE, OnEvent);
  }

  static void OnEnvironmentEnd(napi_async_cleanup_hook_handle, void* data) { static_cast<Watcher*>(data)->Stop(); }

  // What the callback throws becomes an uncaughtException, as for any event of Node's own.
  void Call() {
    Napi::HandleScope handles(env_);
    Napi::CallbackScope callbacks(env_, context_);
    try {
      callback_.Call({});
    } catch (const Napi::Error& error) {
      napi_fatal_exception(env_, error.Value());
    }
  }

  Napi::Env env_;
  int fd_;
  bool stopped_ = false;
  uv_poll_t poll_{};
  Napi::AsyncContext context_;
  Napi::FunctionReference callback_;
  napi_async_cleanup_hook_handle cleanup_ = nullptr;
};

}  // namespace

Napi::Value Watch(const Napi::CallbackInfo& info) {
  static constexpr char kUsage[] = "watch(fd: number, onReadable: () => void)";
  const Napi::Env env = info.Env();
  const int fd = IntArgument(info, 0, kUsage);
  if (!info[1].IsFunction()) throw Napi::TypeError::New(env, kUsage);
  uv_loop_t* loop = nullptr;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) throw Napi::Error::New(env, "the event loop is gone");
  auto owned = std::make_unique<Watcher>(env, fd, info[1].As<Napi::Function>());
  const int failed = owned->Start(loop);
  if (failed != 0) throw SystemError(env, -failed, "uv_poll_init");
  // Shared by all copies of the function object, so that a second call finds the watcher gone.
  auto watcher = std::make_shared<Watcher*>(owned.release());
  const auto stop = [watcher](const Napi::CallbackInfo&) {
    if (*watcher != nullptr) (*watcher)->Stop();
    *watcher = nullptr;
  };
  return Napi::Function::New(env, stop, "stop");
}

}  // namespace lvskeeper
