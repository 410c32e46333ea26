// The door to Linux that native/index.ts types.
#include "addon.h"

namespace {

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  using namespace lvskeeper;
  const auto add = [&](const char* name, auto function) { exports.Set(name, Napi::Function::New(env, function, name)); };
  add("openNetlink", OpenNetlink);
  add("joinNetlinkGroup", JoinNetlinkGroup);
  add("openRawIp", OpenRawIp);
  add("openPacket", OpenPacket);
  add("openFiltered", OpenFiltered);
  add("openUnixDatagram", OpenUnixDatagram);
  add("openBeat", OpenBeat);
  add("monotonicMs", MonotonicNow);
  add("openUdp", OpenUdp);
  add("sendUdp", SendUdp);
  add("receiveUdp", ReceiveUdp);
  add("openProbe", OpenProbe);
  add("connectProbe", ConnectProbe);
  add("connectTarget", ConnectTarget);
  add("openConnector", OpenConnector);
  add("openDirect", OpenDirect);
  add("sourceTowards", SourceTowards);
  add("holdPort", HoldPort);
  add("openTap", OpenTap);
  add("neighbour", Neighbour);
  add("openLink", OpenLink);
  add("sendLink", SendLink);
  add("patternError", PatternError);
  add("matchPattern", MatchPattern);
  add("openInotify", OpenInotify);
  add("watchFolder", WatchFolder);
  add("watchOpens", WatchOpens);
  add("makeFifo", MakeFifo);
  add("unwatchFolder", UnwatchFolder);
  add("read", Read);
  add("close", Close);
  add("send", Send);
  add("sendRawIp", SendRawIp);
  add("openEar", OpenEar);
  add("sendFrame", SendFrame);
  add("receive", Receive);
  add("readWhole", ReadWhole);
  add("orderTable", OrderTable);
  add("drawTable", DrawTable);
  add("watch", Watch);
  add("setParentDeathSignal", SetParentDeathSignal);
  add("setRealtimePriority", SetRealtimePriority);
  add("setAffinity", SetAffinity);
  add("affinity", Affinity);
  add("lockMemory", LockMemory);
  add("setRunTimeLimit", SetRunTimeLimit);
  add("ignoreSignal", IgnoreSignal);
  add("catchSignal", CatchSignal);
  add("startScripts", StartScripts);
  add("hasEnded", HasEnded);
  add("lockFile", LockFile);
  add("peerCredentials", PeerCredentials);
  add("inNetworkNamespace", InNetworkNamespace);
  add("dropCapabilities", DropCapabilities);
  return exports;
}

}  // namespace

NODE_API_MODULE(lvskeeper, Init)
