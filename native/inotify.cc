// inotify(7): changes of files, told when they are whole; and FIFOs, which Node cannot make.
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "addon.h"
#include "errno.h"

namespace lvskeeper {

Napi::Value OpenInotify(const Napi::CallbackInfo& info) {
  const int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (fd < 0) throw SystemError(info.Env(), errno, "inotify_init1");
  return Napi::Number::New(info.Env(), fd);
}

Napi::Value WatchFolder(const Napi::CallbackInfo& info) {
  static constexpr char kUsage[] = "watchFolder(fd: number, path: string)";
  const int fd = IntArgument(info, 0, kUsage);
  const std::string path = StringArgument(info, 1, kUsage);
  constexpr uint32_t kMask = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_DELETE_SELF |
                             IN_MOVE_SELF | IN_ATTRIB | IN_ONLYDIR | IN_EXCL_UNLINK;
  const int watch = inotify_add_watch(fd, path.c_str(), kMask);
  if (watch < 0) throw SystemError(info.Env(), errno, "inotify_add_watch");
  return Napi::Number::New(info.Env(), watch);
}

Napi::Value WatchOpens(const Napi::CallbackInfo& info) {
  static constexpr char kUsage[] = "watchOpens(fd: number, path: string)";
  const int fd = IntArgument(info, 0, kUsage);
  const std::string path = StringArgument(info, 1, kUsage);
  const int watch = inotify_add_watch(fd, path.c_str(), IN_OPEN);
  if (watch < 0) throw SystemError(info.Env(), errno, "inotify_add_watch");
  return Napi::Number::New(info.Env(), watch);
}

void MakeFifo(const Napi::CallbackInfo& info) {
  static constexpr char kUsage[] = "makeFifo(path: string, mode: number)";
  const std::string path = StringArgument(info, 0, kUsage);
  if (mkfifo(path.c_str(), static_cast<mode_t>(IntArgument(info, 1, kUsage))) < 0)
    throw SystemError(info.Env(), errno, "mkfifo");
}

void UnwatchFolder(const Napi::CallbackInfo& info) {
  static constexpr char kUsage[] = "unwatchFolder(fd: number, watch: number)";
  // It is gone already when its folder is.
  inotify_rm_watch(IntArgument(info, 0, kUsage), IntArgument(info, 1, kUsage));
}

Napi::Value Read(const Napi::CallbackInfo& info) {
  static constexpr char kUsage[] = "read(fd: number, buffer: Uint8Array)";
  const int fd = IntArgument(info, 0, kUsage);
  const Bytes bytes = BytesArgument(info, 1, kUsage);
  const long length = Retry([&] { return read(fd, bytes.data, bytes.size); });
  return Napi::Number::New(info.Env(), static_cast<double>(length));
}

}  // namespace lvskeeper
