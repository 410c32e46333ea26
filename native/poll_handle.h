// A libuv poll handle that belongs to an object of ours, and calls JavaScript.
#pragma once

#include <napi.h>
#include <node_api.h>
#include <uv.h>

#include <memory>

#include "errno.h"

namespace lvskeeper {

// From Start() on libuv owns the object: it lives until libuv has closed the handle, which Stop() or the end of the
// environment (a worker's too) brings about. Stop() may run any number of times.
class PollHandle {
 public:
  PollHandle(Napi::Env env, const char* name, Napi::Function callback)
      : env_(env), context_(env, name), callback_(Napi::Persistent(callback)) {
    poll_.data = this;
  }
  virtual ~PollHandle() = default;
  PollHandle(const PollHandle&) = delete;
  PollHandle& operator=(const PollHandle&) = delete;

  // Zero, or a negative errno, and the caller still owns the object.
  int Start(uv_loop_t* loop, int fd) {
    if (const int failed = uv_poll_init(loop, &poll_, fd); failed != 0) return failed;
    napi_add_async_cleanup_hook(env_, OnEnvironmentEnd, this, &cleanup_);
    Poll();
    return 0;
  }

  // Off the loop at once, so that the descriptor may be closed as soon as this returns.
  void Stop() {
    if (stopped_) return;
    stopped_ = true;
    callback_.Reset();
    uv_close(handle(), [](uv_handle_t* closed) {
      auto* self = static_cast<PollHandle*>(closed->data);
      napi_remove_async_cleanup_hook(self->cleanup_);
      delete self;
    });
  }

 protected:
  // `status`: zero, or a negative errno, and libuv has ended the polling.
  virtual void OnReady(int status) = 0;

  void Poll() {
    uv_poll_start(&poll_, UV_READABLE,
                  [](uv_poll_t* poll, int status, int) { static_cast<PollHandle*>(poll->data)->OnReady(status); });
  }

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

  bool isStopped() const { return stopped_; }
  uv_handle_t* handle() { return reinterpret_cast<uv_handle_t*>(&poll_); }

 private:
  static void OnEnvironmentEnd(napi_async_cleanup_hook_handle, void* data) { static_cast<PollHandle*>(data)->Stop(); }

  Napi::Env env_;
  bool stopped_ = false;
  uv_poll_t poll_{};
  Napi::AsyncContext context_;
  Napi::FunctionReference callback_;
  napi_async_cleanup_hook_handle cleanup_ = nullptr;
};

// The event loop that runs the calling JavaScript.
inline uv_loop_t* LoopOf(Napi::Env env) {
  uv_loop_t* loop = nullptr;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) throw Napi::Error::New(env, "the event loop is gone");
  return loop;
}

// What the function objects of JavaScript hold: all copies find out that it was stopped, by any of them.
template <typename T>
using Shared = std::shared_ptr<T*>;

template <typename T>
Shared<T> Share(std::unique_ptr<T> started) {
  return std::make_shared<T*>(started.release());
}

template <typename T>
Napi::Function StopFunction(Napi::Env env, Shared<T> shared, const char* name) {
  const auto stop = [shared](const Napi::CallbackInfo&) {
    if (*shared != nullptr) (*shared)->Stop();
    *shared = nullptr;
  };
  return Napi::Function::New(env, stop, name);
}

}  // namespace lvskeeper
