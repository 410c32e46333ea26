// The thread of beat_engine.h as JavaScript drives it.
#include "beat_engine.h"

#include <fcntl.h>

#include <memory>
#include <utility>

#include "addon.h"
#include "destination.h"
#include "errno.h"
#include "fd.h"

namespace lvskeeper {

namespace {

// One for the process, never destroyed: its thread runs until the process ends.
BeatEngine& Engine(Napi::Env env) {
  static BeatEngine* engine = nullptr;
  if (engine != nullptr) return *engine;
  auto made = std::make_unique<BeatEngine>();
  if (const int failed = made->Start(); failed != 0) throw SystemError(env, failed, "pthread_create");
  engine = made.release();
  return *engine;
}

class BeatObject : public Napi::ObjectWrap<BeatObject> {
 public:
  static Napi::Object New(Napi::Env env, std::unique_ptr<Beat> beat) {
    Napi::Function type = DefineClass(env, "NativeBeat",
                                      {InstanceMethod<&BeatObject::Append>("append"),
                                       InstanceMethod<&BeatObject::Clear>("clear"),
                                       InstanceMethod<&BeatObject::Go>("go"),
                                       InstanceMethod<&BeatObject::Renew>("renew"),
                                       InstanceMethod<&BeatObject::Hold>("hold"),
                                       InstanceMethod<&BeatObject::Close>("close")});
    Napi::Object object = type.New({});
    Unwrap(object)->beat_ = std::move(beat);
    return object;
  }

  explicit BeatObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<BeatObject>(info) {}

 private:
  Beat& Open(const Napi::CallbackInfo& info) {
    if (!beat_) throw Napi::Error::New(info.Env(), "the beat is closed");
    return *beat_;
  }

  void Append(const Napi::CallbackInfo& info) {
    const Bytes packet = BytesArgument(info, 0, "append(packet: Uint8Array)");
    Open(info).Append(packet.data, packet.size);
  }

  void Clear(const Napi::CallbackInfo& info) { Open(info).Clear(); }

  void Go(const Napi::CallbackInfo& info) {
    static constexpr char kUsage[] = "go(dueMs: number, intervalMs: number, untilMs: number)";
    if (!info[0].IsNumber() || !info[1].IsNumber() || !info[2].IsNumber())
      throw Napi::TypeError::New(info.Env(), kUsage);
    Open(info).Go(info[0].As<Napi::Number>(), info[1].As<Napi::Number>(), info[2].As<Napi::Number>());
  }

  Napi::Value Renew(const Napi::CallbackInfo& info) {
    if (!info[0].IsNumber()) throw Napi::TypeError::New(info.Env(), "renew(untilMs: number)");
    return Napi::Boolean::New(info.Env(), Open(info).Renew(info[0].As<Napi::Number>()));
  }

  void Hold(const Napi::CallbackInfo& info) {
    static constexpr char kUsage[] = "hold(left: Float64Array of 7)";
    if (!info[0].IsTypedArray() || info[0].As<Napi::TypedArray>().TypedArrayType() != napi_float64_array ||
        info[0].As<Napi::TypedArray>().ElementLength() < 7)
      throw Napi::TypeError::New(info.Env(), kUsage);
    auto out = info[0].As<Napi::Float64Array>();
    const BeatLeft left = Open(info).Hold();
    out[0] = left.adverts;
    out[1] = left.failures;
    out[2] = -left.error;
    out[3] = left.sentMs;
    out[4] = left.nextMs;
    out[5] = left.lastDelayMs;
    out[6] = left.mostDelayMs;
  }

  void Close(const Napi::CallbackInfo&) { beat_.reset(); }

  std::unique_ptr<Beat> beat_;
};

}  // namespace

Napi::Value OpenBeat(const Napi::CallbackInfo& info) {
  static constexpr char kUsage[] = "openBeat(fd: number, destinations: string[], repeats: boolean)";
  const Napi::Env env = info.Env();
  const int fd = IntArgument(info, 0, kUsage);
  if (!info[1].IsArray() || !info[2].IsBoolean()) throw Napi::TypeError::New(env, kUsage);
  const auto list = info[1].As<Napi::Array>();
  if (list.Length() == 0) throw Napi::TypeError::New(env, kUsage);
  std::vector<BeatDestination> destinations;
  for (uint32_t i = 0; i < list.Length(); i++) {
    const Napi::Value text = list[i];
    if (!text.IsString()) throw Napi::TypeError::New(env, kUsage);
    const Destination to = ParseDestination(env, text.As<Napi::String>(), kUsage);
    destinations.push_back({to.storage, to.length});
  }
  BeatEngine& engine = Engine(env);
  // A descriptor of its own: JavaScript may close the other while the thread sends.
  const int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (own < 0) throw SystemError(env, errno, "fcntl");
  return BeatObject::New(env, std::make_unique<Beat>(engine, own, std::move(destinations), info[2].As<Napi::Boolean>()));
}

Napi::Value MonotonicNow(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), MonotonicMs()); }

}  // namespace lvskeeper
