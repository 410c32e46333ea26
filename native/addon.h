// The functions of the addon, each documented where native/index.ts types it.
#pragma once

#include <napi.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace lvskeeper {

Napi::Value OpenNetlink(const Napi::CallbackInfo& info);
void JoinNetlinkGroup(const Napi::CallbackInfo& info);
Napi::Value OpenRawIp(const Napi::CallbackInfo& info);
Napi::Value SendRawIp(const Napi::CallbackInfo& info);
Napi::Value OpenEar(const Napi::CallbackInfo& info);
Napi::Value OpenPacket(const Napi::CallbackInfo& info);
Napi::Value OpenFiltered(const Napi::CallbackInfo& info);
Napi::Value SendFrame(const Napi::CallbackInfo& info);
Napi::Value OpenUnixDatagram(const Napi::CallbackInfo& info);
Napi::Value OpenBeat(const Napi::CallbackInfo& info);
Napi::Value MonotonicNow(const Napi::CallbackInfo& info);
Napi::Value OpenUdp(const Napi::CallbackInfo& info);
Napi::Value SendUdp(const Napi::CallbackInfo& info);
Napi::Value ReceiveUdp(const Napi::CallbackInfo& info);
Napi::Value OpenProbe(const Napi::CallbackInfo& info);
void ConnectProbe(const Napi::CallbackInfo& info);
Napi::Value ConnectTarget(const Napi::CallbackInfo& info);
Napi::Value OpenConnector(const Napi::CallbackInfo& info);
Napi::Value OpenDirect(const Napi::CallbackInfo& info);
Napi::Value SourceTowards(const Napi::CallbackInfo& info);
Napi::Value HoldPort(const Napi::CallbackInfo& info);
Napi::Value OpenTap(const Napi::CallbackInfo& info);
Napi::Value Neighbour(const Napi::CallbackInfo& info);
Napi::Value OpenLink(const Napi::CallbackInfo& info);
Napi::Value SendLink(const Napi::CallbackInfo& info);
Napi::Value PatternError(const Napi::CallbackInfo& info);
Napi::Value MatchPattern(const Napi::CallbackInfo& info);
Napi::Value OpenInotify(const Napi::CallbackInfo& info);
Napi::Value WatchFolder(const Napi::CallbackInfo& info);
Napi::Value WatchOpens(const Napi::CallbackInfo& info);
void MakeFifo(const Napi::CallbackInfo& info);
void UnwatchFolder(const Napi::CallbackInfo& info);
Napi::Value Read(const Napi::CallbackInfo& info);
void Close(const Napi::CallbackInfo& info);
Napi::Value Send(const Napi::CallbackInfo& info);
Napi::Value Receive(const Napi::CallbackInfo& info);
Napi::Value ReadWhole(const Napi::CallbackInfo& info);
Napi::Value OrderTable(const Napi::CallbackInfo& info);
Napi::Value DrawTable(const Napi::CallbackInfo& info);
Napi::Value Watch(const Napi::CallbackInfo& info);
void SetParentDeathSignal(const Napi::CallbackInfo& info);
void SetRealtimePriority(const Napi::CallbackInfo& info);
void SetAffinity(const Napi::CallbackInfo& info);
Napi::Value Affinity(const Napi::CallbackInfo& info);
void LockMemory(const Napi::CallbackInfo& info);
void SetRunTimeLimit(const Napi::CallbackInfo& info);
void IgnoreSignal(const Napi::CallbackInfo& info);
Napi::Value CatchSignal(const Napi::CallbackInfo& info);
Napi::Value StartScripts(const Napi::CallbackInfo& info);
Napi::Value HasEnded(const Napi::CallbackInfo& info);
Napi::Value LockFile(const Napi::CallbackInfo& info);
Napi::Value PeerCredentials(const Napi::CallbackInfo& info);
Napi::Value InNetworkNamespace(const Napi::CallbackInfo& info);
void DropCapabilities(const Napi::CallbackInfo& info);

// A view of a Uint8Array argument; TypeError with `usage` for anything else.
struct Bytes {
  uint8_t* data;
  size_t size;
};

inline Bytes BytesArgument(const Napi::CallbackInfo& info, size_t index, const char* usage) {
  if (!info[index].IsTypedArray() || info[index].As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array)
    throw Napi::TypeError::New(info.Env(), usage);
  auto array = info[index].As<Napi::Uint8Array>();
  return {array.Data(), array.ByteLength()};
}

inline int IntArgument(const Napi::CallbackInfo& info, size_t index, const char* usage) {
  if (!info[index].IsNumber()) throw Napi::TypeError::New(info.Env(), usage);
  return info[index].As<Napi::Number>().Int32Value();
}

inline std::string StringArgument(const Napi::CallbackInfo& info, size_t index, const char* usage) {
  if (!info[index].IsString()) throw Napi::TypeError::New(info.Env(), usage);
  return info[index].As<Napi::String>();
}

}  // namespace lvskeeper
