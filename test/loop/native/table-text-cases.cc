// Hostile cases for native/table_text.cc, run under the sanitizers and valgrind by table-text.test.ts. Each text, dump and
// sheet lies in memory of exactly its size. Ends with 0 and a line for each case that held; the first that does not hold is
// printed, and ends it with 1.
#include <linux/ip_vs.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <string>

#include "must.h"
#include "table_text.h"

using namespace lvskeeper;

namespace {

std::mt19937 dice(20);
uint32_t Below(size_t limit) { return limit == 0 ? 0 : static_cast<uint32_t>(dice() % limit); }

// A copy that ends where the memory does.
struct Exact {
  explicit Exact(const std::string& content) : size(content.size()), bytes(new uint8_t[size]) {
    std::memcpy(bytes.get(), content.data(), size);
  }
  Span span() const { return {bytes.get(), size}; }
  size_t size;
  std::unique_ptr<uint8_t[]> bytes;
};

std::string Attribute(uint16_t type, const std::string& body) {
  const nlattr header{static_cast<uint16_t>(NLA_HDRLEN + body.size()), type};
  std::string all(reinterpret_cast<const char*>(&header), sizeof header);
  all += body;
  all.resize(NLA_ALIGN(all.size()));
  return all;
}

template <typename Number>
std::string Raw(Number value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

std::string Service(uint32_t address, uint16_t port, uint32_t flags) {
  return Attribute(IPVS_CMD_ATTR_SERVICE,
                   Attribute(IPVS_SVC_ATTR_AF, Raw<uint16_t>(AF_INET)) +
                       Attribute(IPVS_SVC_ATTR_PROTOCOL, Raw<uint16_t>(IPPROTO_TCP)) +
                       Attribute(IPVS_SVC_ATTR_ADDR, Raw(htonl(address)) + std::string(12, '\0')) +
                       Attribute(IPVS_SVC_ATTR_PORT, Raw(htons(port))) +
                       Attribute(IPVS_SVC_ATTR_SCHED_NAME, std::string("mh\0", 3)) +
                       Attribute(IPVS_SVC_ATTR_FLAGS, Raw(flags) + Raw(UINT32_MAX)) +
                       Attribute(IPVS_SVC_ATTR_TIMEOUT, Raw(UINT32_MAX)) +
                       Attribute(IPVS_SVC_ATTR_NETMASK, Raw(htonl(0xffffff00))) +
                       Attribute(IPVS_SVC_ATTR_PE_NAME, std::string("sip\0", 4)));
}

constexpr uint32_t kAllFlags = 0x3f;
const std::string kDump = Service(0x0a000002, 80, kAllFlags) + Service(0x0a000001, 65535, 0) + Service(0xc0a80001, 0, 1);
const std::string kText =
    "IP Virtual Server version 1.2.1 (size=4096)\n"
    "TCP  0A000001:FFFF mh \n"
    "  -> FFFFFFFF:FFFF      Masq    2147483647 4294967295 4294967295\n"
    "  -> 0A000002:0050      Route   1      0          0         \n"
    "TCP  0A000002:0050 mh \n"
    "TCP  C0A80001:0000 mh \n"
    "  -> 0A000002:0050      Local   1      0          0         \n";
const std::string kDrawn =
    "TCP  192.168.0.1:0 mh persistent 4294967295 mask 255.255.255.0 pe sip\n"
    "  -> 10.0.0.2:80                  Local   1      0          0         \n"
    "TCP  10.0.0.1:65535 mh\n"
    "  -> 255.255.255.255:65535        Masq    2147483647 4294967295 4294967295\n"
    "  -> 10.0.0.2:80                  Route   1      0          0         \n"
    "TCP  10.0.0.2:80 mh (mh-fallback,mh-port) persistent 4294967295 mask 255.255.255.0 pe sip ops\n";

// All that is drawn, each service on a sheet of `room` bytes.
std::string Draw(const std::string& dump, const std::string& text, size_t room) {
  const Exact services(dump);
  const Exact file(text);
  std::string all;
  for (const bool sorted : {false, true}) {
    all.clear();
    for (const ServiceRow& row : OrderServices(services.span(), file.span(), sorted)) {
      const std::unique_ptr<uint8_t[]> sheet(new uint8_t[room]);
      const size_t used = DrawService(services.span(), file.span(), row, sorted, sheet.get(), room);
      MUST(used <= room);
      all.append(reinterpret_cast<const char*>(sheet.get()), used);
    }
  }
  return all;
}

std::string Damaged(std::string bytes) {
  for (uint32_t changes = 1 + Below(6); changes > 0 && !bytes.empty(); changes--)
    bytes[Below(bytes.size())] = static_cast<char>(Below(3) == 0 ? dice() : kText[Below(kText.size())]);
  return bytes;
}

std::string Noise(size_t most) {
  std::string bytes(Below(most), '\0');
  for (char& byte : bytes) byte = static_cast<char>(dice());
  return bytes;
}

void WholeTable() { MUST(Draw(kDump, kText, 4096) == kDrawn); }

void CutAnywhere() {
  for (size_t length = 0; length <= kText.size(); length++) Draw(kDump, kText.substr(0, length), 4096);
  for (size_t length = 0; length <= kDump.size(); length++) Draw(kDump.substr(0, length), kText, 4096);
}

void AnyRoom() {
  for (size_t room = 0; room <= kDrawn.size(); room++) Draw(kDump, kText, room);
}

void DamagedTables(int turns) {
  for (int turn = 0; turn < turns; turn++) Draw(Damaged(kDump), Damaged(kText), Below(600));
}

void NoTables(int turns) {
  for (int turn = 0; turn < turns; turn++) Draw(Noise(300), Noise(300), Below(600));
}

void RowsOfOthers(int turns) {
  const Exact services(kDump);
  const Exact file(kText);
  const auto edge = [](size_t size) { return Below(2) == 0 ? Below(size + 8) : static_cast<uint32_t>(dice()); };
  for (int turn = 0; turn < turns; turn++) {
    const ServiceRow row{edge(kDump.size()), edge(kDump.size()), edge(kText.size()), edge(kText.size())};
    uint8_t sheet[256];
    MUST(DrawService(services.span(), file.span(), row, true, sheet, sizeof sheet) <= sizeof sheet);
  }
}

}  // namespace

int main(int, char** arguments) {
  const int turns = std::atoi(arguments[1]);
  WholeTable();
  std::puts("a whole table");
  CutAnywhere();
  std::puts("cut off anywhere");
  AnyRoom();
  std::puts("any room");
  DamagedTables(turns);
  std::puts("damaged tables");
  NoTables(turns);
  std::puts("what is no table");
  RowsOfOthers(turns);
  std::puts("rows of another table");
}
