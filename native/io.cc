// Datagrams in and out of any of our sockets. On the packet path nothing is thrown: a byte count or a negative errno.
#include <sys/socket.h>
#include <unistd.h>

#include "addon.h"
#include "errno.h"

namespace lvskeeper {

void Close(const Napi::CallbackInfo& info) {
  const int fd = IntArgument(info, 0, "close(fd: number)");
  // Linux has released the descriptor even when close() reports EINTR.
  if (close(fd) < 0 && errno != EINTR) throw SystemError(info.Env(), errno, "close");
}

Napi::Value Send(const Napi::CallbackInfo& info) {
  static constexpr char kUsage[] = "send(fd: number, data: Uint8Array)";
  const int fd = IntArgument(info, 0, kUsage);
  const Bytes bytes = BytesArgument(info, 1, kUsage);
  const long sent = Retry([&] { return send(fd, bytes.data, bytes.size, MSG_DONTWAIT | MSG_NOSIGNAL); });
  return Napi::Number::New(info.Env(), static_cast<double>(sent));
}

Napi::Value Receive(const Napi::CallbackInfo& info) {
  static constexpr char kUsage[] = "receive(fd: number, buffer: Uint8Array)";
  const int fd = IntArgument(info, 0, kUsage);
  const Bytes bytes = BytesArgument(info, 1, kUsage);
  const long length = Retry([&] { return recv(fd, bytes.data, bytes.size, MSG_DONTWAIT | MSG_TRUNC); });
  return Napi::Number::New(info.Env(), static_cast<double>(length));
}

}  // namespace lvskeeper
