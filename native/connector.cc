// The connect engine on the event loop that runs the calling JavaScript.
#include "connect_engine.h"

#include <arpa/inet.h>

#include <cstring>

#include "addon.h"
#include "poll_handle.h"

namespace lvskeeper {

namespace {

// The engine with its descriptor watched by libuv.
class Connector : public PollHandle {
 public:
  Connector(Napi::Env env, Napi::Function onResults) : PollHandle(env, "lvskeeper:connector", onResults) {}

  // As Start().
  int Open(uv_loop_t* loop) {
    if (const int failed = engine.Open(); failed != 0) return failed;
    if (const int failed = Start(loop, engine.fd()); failed != 0) return failed;
    FollowWork();
    return 0;
  }

  // The event loop goes on for as long as something is under way, and no longer.
  void FollowWork() {
    if (engine.inFlight() > 0) uv_ref(handle());
    else uv_unref(handle());
  }

  ConnectEngine engine;

 private:
  void OnReady(int) override {
    engine.Wake();
    FollowWork();
    if (engine.results() > 0) Call();
  }
};

bool ParseAddress(const std::string& text, int port, SocketAddress* address) {
  if (inet_pton(AF_INET, text.c_str(), &address->v4.sin_addr) == 1) {
    address->v4.sin_family = AF_INET;
    address->v4.sin_port = htons(static_cast<uint16_t>(port));
    return true;
  }
  if (inet_pton(AF_INET6, text.c_str(), &address->v6.sin6_addr) != 1) return false;
  address->v6.sin6_family = AF_INET6;
  address->v6.sin6_port = htons(static_cast<uint16_t>(port));
  return true;
}

// A closed connector knows no connections.
template <typename Answer, typename Call>
auto Method(Shared<Connector> connector, Answer whenClosed, Call call) {
  return [=](const Napi::CallbackInfo& info) -> Napi::Value {
    const auto answer = *connector == nullptr ? whenClosed : call(**connector, info);
    return Napi::Value::From(info.Env(), answer);
  };
}

}  // namespace

Napi::Value ConnectTarget(const Napi::CallbackInfo& info) {
  static constexpr char kUsage[] =
      "connectTarget(host: string, port: number, bindAddress: string, bindPort: number, interfaceName: string, "
      "mark: number, purpose: 'probe' | 'keep' | 'ask')";
  const Napi::Env env = info.Env();
  ConnectRequest request{};
  if (!ParseAddress(StringArgument(info, 0, kUsage), IntArgument(info, 1, kUsage), &request.to))
    throw Napi::TypeError::New(env, kUsage);
  const std::string source = StringArgument(info, 2, kUsage);
  const int port = IntArgument(info, 3, kUsage);
  const char* any = request.to.any.sa_family == AF_INET6 ? "::" : "0.0.0.0";
  if ((!source.empty() || port != 0) && !ParseAddress(source.empty() ? any : source, port, &request.from))
    throw Napi::TypeError::New(env, kUsage);
  const std::string device = StringArgument(info, 4, kUsage);
  if (device.size() >= sizeof request.device) throw SystemError(env, ENODEV, "setsockopt");
  std::memcpy(request.device, device.data(), device.size());
  const std::string purpose = StringArgument(info, 6, kUsage);
  if (!info[5].IsNumber() || (purpose != "probe" && purpose != "keep" && purpose != "ask"))
    throw Napi::TypeError::New(env, kUsage);
  request.mark = info[5].As<Napi::Number>().Uint32Value();
  // A connection from a fixed port is reset at its end: an orderly one would stay in TIME_WAIT, and the next could not
  // have the port.
  if (purpose != "probe") request.flags |= kKeep;
  if (purpose == "ask") request.flags |= kAsk;
  if (port != 0) request.flags |= kResetAtEnd;
  auto record = Napi::Uint32Array::New(env, sizeof request / sizeof(uint32_t));
  std::memcpy(record.Data(), &request, sizeof request);
  return record;
}

Napi::Value OpenConnector(const Napi::CallbackInfo& info) {
  static constexpr char kUsage[] =
      "openConnector(requests: Uint32Array, texts: Uint8Array, results: Int32Array, onResults: () => void)";
  const Napi::Env env = info.Env();
  const auto isArray = [&](size_t at, napi_typedarray_type type) {
    return info[at].IsTypedArray() && info[at].As<Napi::TypedArray>().TypedArrayType() == type;
  };
  if (!isArray(0, napi_uint32_array) || !isArray(1, napi_uint8_array) || !isArray(2, napi_int32_array) ||
      !info[3].IsFunction())
    throw Napi::TypeError::New(env, kUsage);
  const auto requests = info[0].As<Napi::Uint32Array>();
  const auto texts = info[1].As<Napi::Uint8Array>();
  auto results = info[2].As<Napi::Int32Array>();
  auto owned = std::make_unique<Connector>(env, info[3].As<Napi::Function>());
  if (const int failed = owned->Open(LoopOf(env)); failed != 0) throw SystemError(env, -failed, "epoll_create1");
  const auto connector = Share(std::move(owned));

  const auto* request = reinterpret_cast<const ConnectRequest*>(requests.Data());
  const size_t mostRequests = requests.ByteLength() / sizeof(ConnectRequest);
  const std::string_view text(reinterpret_cast<const char*>(texts.Data()), texts.ByteLength());
  auto* result = reinterpret_cast<ConnectResult*>(results.Data());
  const size_t mostResults = results.ByteLength() / sizeof(ConnectResult);

  Napi::Object door = Napi::Object::New(env);
  door.Set("requests", requests);  // with these the memory lives as long as what writes to it
  door.Set("texts", texts);
  door.Set("results", results);
  const auto start = [=](Connector& self, const Napi::CallbackInfo& call) {
    const int count = IntArgument(call, 0, "start(count: number)");
    const bool allowed = count >= 0 && static_cast<size_t>(count) <= mostRequests &&
                         self.engine.Start(request, static_cast<size_t>(count), text);
    self.FollowWork();
    if (!allowed) throw Napi::RangeError::New(call.Env(), "start: too many requests, an id that is in use, or a text that is not there");
    return self.engine.results() > 0;
  };
  const auto take = [=](Connector& self, const Napi::CallbackInfo&) {
    return static_cast<double>(self.engine.Take(result, mostResults));
  };
  const auto cancel = [=](Connector& self, const Napi::CallbackInfo& call) {
    const bool cancelled = self.engine.Cancel(static_cast<uint32_t>(IntArgument(call, 0, "cancel(id: number)")));
    self.FollowWork();
    return cancelled;
  };
  door.Set("start", Napi::Function::New(env, Method(connector, false, start), "start"));
  door.Set("take", Napi::Function::New(env, Method(connector, 0.0, take), "take"));
  door.Set("cancel", Napi::Function::New(env, Method(connector, false, cancel), "cancel"));
  door.Set("close", StopFunction(env, connector, "close"));
  return door;
}

}  // namespace lvskeeper
