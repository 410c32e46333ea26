#include "table_text.h"

#include <linux/ip_vs.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "qsort_order.h"
#include "sheet.h"

namespace lvskeeper {

namespace {

// --- The dump of the services. ---

// Bodies of a service's attributes by their types; one that is there twice is the last.
struct Attributes {
  Span bodies[IPVS_SVC_ATTR_MAX + 1];

  Span at(int type, size_t least) const {
    const Span& body = bodies[type];
    return body.data != nullptr && body.size >= least ? body : Span{nullptr, 0};
  }
  // In the host's order; 0 where there is none.
  template <typename Number>
  Number number(int type) const {
    Number value = 0;
    if (const Span body = at(type, sizeof value); body.data != nullptr) std::memcpy(&value, body.data, sizeof value);
    return value;
  }
  // Of a text that ends with a zero.
  Span name(int type) const {
    const Span& body = bodies[type];
    return {body.data, body.data == nullptr ? 0 : strnlen(reinterpret_cast<const char*>(body.data), body.size)};
  }
};

// Tells `visit` the type and the body of each attribute; a length that cannot be true ends the reading.
template <typename Visit>
void ForEachAttribute(Span bytes, Visit visit) {
  for (size_t at = 0; at + NLA_HDRLEN <= bytes.size;) {
    nlattr header;
    std::memcpy(&header, bytes.data + at, sizeof header);
    if (header.nla_len < NLA_HDRLEN || at + header.nla_len > bytes.size) return;
    visit(header.nla_type & NLA_TYPE_MASK, Span{bytes.data + at + NLA_HDRLEN, header.nla_len - size_t{NLA_HDRLEN}});
    at += NLA_ALIGN(static_cast<size_t>(header.nla_len));
  }
}

Attributes AttributesIn(Span bytes) {
  Attributes found{};
  ForEachAttribute(bytes, [&](int type, Span body) {
    if (type <= IPVS_SVC_ATTR_MAX) found.bodies[type] = body;
  });
  return found;
}

uint32_t BigEndian32(const uint8_t* bytes) {
  return uint32_t{bytes[0]} << 24 | uint32_t{bytes[1]} << 16 | uint32_t{bytes[2]} << 8 | bytes[3];
}

// What services are ordered by; IPv4 uses the first word.
struct Identity {
  uint32_t mark = 0;
  uint16_t family = 0;
  uint16_t protocol = 0;
  uint32_t words[4] = {};
  uint16_t port = 0;
};

std::optional<Identity> IdentityOf(const Attributes& service) {
  Identity id;
  id.family = service.number<uint16_t>(IPVS_SVC_ATTR_AF);
  if (id.family != AF_INET && id.family != AF_INET6) return std::nullopt;
  id.mark = service.number<uint32_t>(IPVS_SVC_ATTR_FWMARK);
  if (id.mark != 0) return id;
  id.protocol = service.number<uint16_t>(IPVS_SVC_ATTR_PROTOCOL);
  const size_t words = id.family == AF_INET ? 1 : 4;
  const Span address = service.at(IPVS_SVC_ATTR_ADDR, words * 4);
  const Span port = service.at(IPVS_SVC_ATTR_PORT, 2);
  const bool known = id.protocol == IPPROTO_TCP || id.protocol == IPPROTO_UDP || id.protocol == IPPROTO_SCTP;
  if (!known || address.data == nullptr || port.data == nullptr) return std::nullopt;
  for (size_t i = 0; i < words; i++) id.words[i] = BigEndian32(address.data + 4 * i);
  id.port = static_cast<uint16_t>(port.data[0] << 8 | port.data[1]);
  return id;
}

// --- Order. ---

int32_t CompareIdentities(const Identity& a, const Identity& b) {
  if (a.mark != b.mark) return Difference(a.mark, b.mark);
  if (a.family != b.family) return a.family - b.family;
  if (a.protocol != b.protocol) return a.protocol - b.protocol;
  for (int i = 0; i < 4; i++)
    if (a.words[i] != b.words[i]) return Difference(a.words[i], b.words[i]);
  return a.port - b.port;
}

// --- The text. ---

// "  -> 0A000002:0050      " stands before what is the same in ipvsadm's columns: method, weight, connections.
constexpr size_t kAddressAt = 5;
constexpr size_t kPortAt = 14;
constexpr size_t kRestAt = 24;
// Where the rest stands there.
constexpr size_t kDrawnRestAt = 34;
// No line of a destination is shorter.
constexpr size_t kLeastLine = 61;

// A hexadecimal number in capital letters.
std::optional<uint32_t> HexAt(const uint8_t* text, size_t digits) {
  uint32_t value = 0;
  for (size_t i = 0; i < digits; i++) {
    const uint8_t digit = text[i];
    if (digit >= '0' && digit <= '9')
      value = value << 4 | static_cast<uint32_t>(digit - '0');
    else if (digit >= 'A' && digit <= 'F')
      value = value << 4 | static_cast<uint32_t>(digit - 'A' + 10);
    else
      return std::nullopt;
  }
  return value;
}

// Behind the newline, or the end of what there is.
size_t LineEnd(Span text, size_t at) {
  const void* newline = std::memchr(text.data + at, '\n', text.size - at);
  return newline == nullptr ? text.size : static_cast<size_t>(static_cast<const uint8_t*>(newline) - text.data) + 1;
}

// Protocol, address and port as one number, which is never 0.
uint64_t NameOf(uint16_t protocol, uint32_t address, uint16_t port) {
  return uint64_t{protocol} << 48 | uint64_t{address} << 16 | port;
}

// Of "TCP  0A000001:0050 …"; 0 for a mark and for IPv6.
uint64_t NameIn(const uint8_t* line, size_t size) {
  constexpr struct {
    const char* word;
    uint16_t protocol;
  } kWords[] = {{"TCP  ", IPPROTO_TCP}, {"UDP  ", IPPROTO_UDP}, {"SCTP  ", IPPROTO_SCTP}};
  for (const auto& [word, protocol] : kWords) {
    const size_t start = std::strlen(word);
    if (size <= start + 13 || std::memcmp(line, word, start) != 0 || line[start + 8] != ':') continue;
    const auto address = HexAt(line + start, 8);
    const auto port = HexAt(line + start + 9, 4);
    if (address && port) return NameOf(protocol, *address, static_cast<uint16_t>(*port));
  }
  return 0;
}

// Where the lines of a service's destinations are.
struct Place {
  uint64_t name;
  uint32_t from;
  uint32_t end;
};

// By their names; none of a service that stands there twice: the table changed under the reading.
std::vector<Place> PlacesIn(Span text) {
  std::vector<Place> places;
  uint64_t name = 0;
  size_t from = 0;
  const auto finish = [&](size_t end) {
    if (name != 0) places.push_back({name, static_cast<uint32_t>(from), static_cast<uint32_t>(end)});
  };
  for (size_t at = 0; at < text.size;) {
    const size_t end = LineEnd(text, at);
    if (text.data[at] != ' ') {
      finish(at);
      name = NameIn(text.data + at, end - at);
      from = end;
    }
    at = end;
  }
  finish(text.size);
  std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) { return a.name < b.name; });
  return places;
}

const Place* PlaceOf(const std::vector<Place>& places, const Identity& id) {
  if (id.mark != 0 || id.family != AF_INET) return nullptr;
  const uint64_t name = NameOf(id.protocol, id.words[0], id.port);
  const auto below = [](const Place& place, uint64_t wanted) { return place.name < wanted; };
  const auto found = std::lower_bound(places.begin(), places.end(), name, below);
  if (found == places.end() || found->name != name) return nullptr;
  const auto next = found + 1;
  return next != places.end() && next->name == name ? nullptr : &*found;
}

// --- Lines. ---

void PutSchedulerFlags(Sheet& sheet, Span scheduler, uint32_t flags) {
  constexpr uint32_t kBits[] = {IP_VS_SVC_F_SCHED1, IP_VS_SVC_F_SCHED2, IP_VS_SVC_F_SCHED3};
  if ((flags & (kBits[0] | kBits[1] | kBits[2])) == 0) return;
  // sh and mh have names of their own for two of them, and none for the third.
  const bool own = scheduler.size == 2 && scheduler.data[1] == 'h' && (scheduler.data[0] == 's' || scheduler.data[0] == 'm');
  constexpr const char* kOwnNames[] = {"-fallback", "-port"};
  constexpr const char* kNames[] = {"flag-1", "flag-2", "flag-3"};
  sheet.put(" (");
  const char* between = "";
  for (size_t i = 0; i < (own ? 2 : 3); i++) {
    if ((flags & kBits[i]) == 0) continue;
    sheet.put(between);
    if (own) sheet.put(scheduler);
    sheet.put(own ? kOwnNames[i] : kNames[i]);
    between = ",";
  }
  sheet.put(")");
}

void PutService(Sheet& sheet, const Attributes& service, const Identity& id) {
  sheet.put(id.protocol == IPPROTO_TCP ? "TCP  " : id.protocol == IPPROTO_UDP ? "UDP  " : "SCTP ");
  sheet.putAddress(id.words[0]);
  sheet.put(":");
  sheet.put(uint32_t{id.port});
  sheet.put(" ");
  Span scheduler = service.name(IPVS_SVC_ATTR_SCHED_NAME);
  if (scheduler.data == nullptr) scheduler = {reinterpret_cast<const uint8_t*>("none"), 4};
  sheet.put(scheduler);
  const uint32_t flags = service.number<uint32_t>(IPVS_SVC_ATTR_FLAGS);
  PutSchedulerFlags(sheet, scheduler, flags);
  if ((flags & IP_VS_SVC_F_PERSISTENT) != 0) {
    sheet.put(" persistent ");
    sheet.put(service.number<uint32_t>(IPVS_SVC_ATTR_TIMEOUT));
    const Span mask = service.at(IPVS_SVC_ATTR_NETMASK, 4);
    if (mask.data != nullptr && BigEndian32(mask.data) != UINT32_MAX) {
      sheet.put(" mask ");
      sheet.putAddress(BigEndian32(mask.data));
    }
    if (const Span engine = service.name(IPVS_SVC_ATTR_PE_NAME); engine.size > 0) {
      sheet.put(" pe ");
      sheet.put(engine);
    }
  }
  if ((flags & IP_VS_SVC_F_ONEPACKET) != 0) sheet.put(" ops");
  sheet.put("\n");
}

struct Destination {
  uint32_t address;
  uint32_t port;
  Span rest;
};

int32_t CompareDestinations(const Destination& a, const Destination& b) {
  return a.address != b.address ? Difference(a.address, b.address) : Difference(a.port, b.port);
}

// A whole line of an IPv4 address, with a method that the kernel calls as ipvsadm does: Route, Masq, Tunnel, Local.
std::optional<Destination> DestinationIn(const uint8_t* line, size_t size) {
  if (size < kLeastLine || line[size - 1] != '\n' || line[kPortAt - 1] != ':') return std::nullopt;
  if (std::memchr("RMTL", line[kRestAt], 4) == nullptr) return std::nullopt;
  const auto address = HexAt(line + kAddressAt, 8);
  const auto port = HexAt(line + kPortAt, 4);
  if (!address || !port) return std::nullopt;
  return Destination{*address, *port, {line + kRestAt, size - kRestAt}};
}

void PutDestination(Sheet& sheet, const Destination& destination) {
  const size_t start = sheet.used();
  sheet.put("  -> ");
  sheet.putAddress(destination.address);
  sheet.put(":");
  sheet.put(destination.port);
  sheet.pad(start, kDrawnRestAt);
  sheet.put(destination.rest);
}

}  // namespace

std::vector<ServiceRow> OrderServices(Span services, Span text, bool sorted) {
  if (services.size >= kNoLines || text.size >= kNoLines) return {};
  struct Found {
    Identity id;
    ServiceRow row;
  };
  const std::vector<Place> places = PlacesIn(text);
  std::vector<Found> found;
  found.reserve(places.size());
  ForEachAttribute(services, [&](int type, Span body) {
    if (type != IPVS_CMD_ATTR_SERVICE) return;
    const auto id = IdentityOf(AttributesIn(body));
    if (!id) return;
    const Place* place = PlaceOf(places, *id);
    const auto from = static_cast<uint32_t>(body.data - services.data);
    const auto end = static_cast<uint32_t>(from + body.size);
    found.push_back({*id, {from, end, place ? place->from : kNoLines, place ? place->end : kNoLines}});
  });
  if (sorted) MergeSort(found, [](const Found& a, const Found& b) { return CompareIdentities(a.id, b.id); });
  std::vector<ServiceRow> rows;
  rows.reserve(found.size());
  for (const Found& one : found) rows.push_back(one.row);
  return rows;
}

size_t DrawService(Span services, Span text, const ServiceRow& row, bool sorted, uint8_t* bytes, size_t room) {
  if (row.attributesFrom > row.attributesEnd || row.attributesEnd > services.size) return 0;
  if (row.linesFrom > row.linesEnd || row.linesEnd > text.size) return 0;
  const Attributes service =
      AttributesIn({services.data + row.attributesFrom, size_t{row.attributesEnd} - row.attributesFrom});
  const auto id = IdentityOf(service);
  if (!id || id->mark != 0 || id->family != AF_INET) return 0;

  std::vector<Destination> destinations;
  for (size_t at = row.linesFrom; at < row.linesEnd;) {
    const size_t end = LineEnd({text.data, row.linesEnd}, at);
    const auto destination = DestinationIn(text.data + at, end - at);
    if (!destination) return 0;
    destinations.push_back(*destination);
    at = end;
  }
  if (sorted) MergeSort(destinations, CompareDestinations);
  Sheet sheet(bytes, room);
  PutService(sheet, service, *id);
  for (const Destination& destination : destinations) PutDestination(sheet, destination);
  return sheet.full() ? 0 : sheet.used();
}

}  // namespace lvskeeper
