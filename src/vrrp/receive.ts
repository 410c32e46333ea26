import { compareAddresses, type Family, familyOf, isMulticast } from "../core/ip.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { Counter } from "./counters.ts";
import { checkTrailer, type HmacState, type Signed } from "./hmac.ts";
import type { AdvertEvent } from "./machine.ts";
import type { UnicastPlan } from "./model.ts";
import { ADVERTISEMENT, AUTH_AH, AUTH_NONE, AUTH_PASS, decodeAdvert, readAdvertHeader } from "./wire/advert.ts";
import { AH_BYTES, AH_PROTOCOL, openAh } from "./wire/ah.ts";
import { TRAILER_BYTES } from "./wire/hmac-trailer.ts";
import { type IpPacket, VRRP_TTL } from "./wire/ip.ts";
import { ipv4PseudoHeader } from "./wire/ipv4.ts";
import { ipv6PseudoHeader } from "./wire/ipv6.ts";

/** What an instance expects of an advert. `password` is the 8 bytes of a PASS password, absent for no authentication. */
export type Expectation = {
  readonly version: 2 | 3;
  readonly family: Family;
  readonly intervalMs: number;
  readonly password?: Uint8Array;
  /** The key of the authentication header that adverts come with, and the last sequence number of one. */
  readonly ah?: { readonly key: string; readonly sequence: number };
  /** Adverts come with a trailer. */
  readonly hmac?: HmacState;
  readonly group: string;
  /** Adverts come by unicast instead of to the group. */
  readonly unicast?: UnicastPlan;
  /** Version 3 by unicast over IPv4: the checksum may be one of an advert to `group`. */
  readonly oldChecksumToo?: boolean;
  readonly ownAddress: string;
  readonly addresses: readonly string[];
  /** The master whose address list was compared already (skip_check_adv_addr). */
  readonly trusted?: string;
};

/** An oddity that is counted and told, though the advert is used. */
export type Remark = { readonly counter: Counter; readonly detail: string };
export type Accepted = {
  readonly advert: AdvertEvent;
  readonly remarks: readonly Remark[];
  /** The sequence number of its authentication header. */
  readonly sequence?: number;
  /** That of its trailer. */
  readonly signature?: bigint;
  /** Its checksum is that of keepalived before 1.3.7. */
  readonly oldChecksum?: true;
};
/** Why a packet is dropped: its counter, and what was seen in words. */
export type Rejected = Remark;

/** The VRID of a packet, undefined when it is too short to have one. */
export const vridOf = ({ protocol, payload }: IpPacket): number | undefined =>
  payload[protocol === AH_PROTOCOL ? AH_BYTES + 1 : 1];

/** The checks of a received advert, in the order in which keepalived makes and counts them: length, TTL, version, trailer,
 *  authentication, interval, type, exact length, checksum, destination, addresses. The first that fails drops it; a
 *  different address list only remarks on it, as does another interval in version 3. Never throws. */
export function checkAdvert(packet: IpPacket, want: Expectation): Result<Accepted, Rejected> {
  if (!want.ah) return checkPlain(packet, want, AUTH_NONE);
  const opened = openAh(packet, want.ah.key);
  if (!opened.ok) return err(ahProblem[opened.error.code]);
  const { advert: payload, sequence } = opened.value;
  if (sequence <= want.ah.sequence)
    return err({ counter: "auth_failure", detail: `sequence number ${sequence} has been there: a replayed advert` });
  const checked = checkPlain({ ...packet, payload }, want, AUTH_AH);
  return checked.ok ? ok({ ...checked.value, sequence }) : checked;
}

const ahProblem = {
  short: { counter: "packet_len_err", detail: "it is too short for an authentication header" },
  header: { counter: "auth_failure", detail: "its authentication header is none of VRRP's" },
  spi: { counter: "auth_failure", detail: "its authentication header names another sender" },
  check: { counter: "auth_failure", detail: "its authentication header was made with another key" },
} as const satisfies Record<string, Remark>;

function checkPlain(packet: IpPacket, want: Expectation, unkeyed: number): Result<Accepted, Rejected> {
  const reject = (counter: Counter, detail: string) => err({ counter, detail });
  const { payload, source } = packet;
  const read = readAdvertHeader(payload, want.family);
  if (!read.ok) return reject("packet_len_err", `${payload.length} bytes are too short`);
  const header = read.value;
  const ttl = checkTtl(packet, want.unicast);
  if (ttl) return err(ttl);
  if (header.version !== want.version) return reject("vers_err", `version ${header.version}, ours is ${want.version}`);
  const signed = checkSigned(packet, header.lengthBytes, want);
  if (!signed.ok) return err(signed);
  const auth = checkAuth(header.auth, want.password, unkeyed);
  if (auth) return err(auth);
  if (want.version === 2 && header.intervalMs !== want.intervalMs)
    return reject(
      "advert_interval_err",
      `advert_int ${header.intervalMs / 1000} s, ours is ${want.intervalMs / 1000} s`,
    );
  if (header.type !== ADVERTISEMENT) return reject("invalid_type_rcvd", `packet type ${header.type}`);
  const { trailerBytes, sequence: signature, late } = signed;
  const decodeTo = (destination: string) =>
    decodeAdvert(payload, pseudoHeader({ ...packet, destination }, trailerBytes), want.family, trailerBytes);
  let whole = decodeTo(packet.destination);
  const isOld = !whole.ok && whole.error.code === "checksum" && want.oldChecksumToo === true;
  if (isOld) whole = decodeTo(want.group);
  if (!whole.ok) {
    if (whole.error.code !== "length") return reject("chk_err", "the checksum is wrong");
    return reject("packet_len_err", `${payload.length} bytes where ${whole.error.want} are announced`);
  }
  if (whole.value.intervalMs === 0) return reject("advert_interval_err", "an advert interval of 0");
  const way = checkWay(packet, want);
  if (way) return err(way);
  const advert: AdvertEvent = {
    type: "advert",
    from: source,
    priority: header.priority,
    intervalMs: whole.value.intervalMs,
    order: Math.sign(compareAddresses(source, want.ownAddress)) as -1 | 0 | 1,
  };
  return ok({
    advert,
    remarks: [
      ...(late === undefined ? [] : [{ counter: "auth_ext_skew", detail: late } as const]),
      ...remarks(advert, whole.value.addresses, want),
    ],
    ...(signature !== undefined && { signature }),
    ...(isOld && { oldChecksum: true }),
  });
}

/** Trailers of peers only: each has a sequence of its own. */
function checkSigned({ payload, source }: IpPacket, advertBytes: number, want: Expectation): Signed {
  const { hmac, unicast, family, version } = want;
  if (!hmac) return { ok: true, trailerBytes: 0 };
  const isTrailed = payload.length === advertBytes + TRAILER_BYTES;
  if (isTrailed && unicast && !unicast.peers.some(({ address }) => address === source))
    return { ok: false, counter: "unicast_src_err", detail: `${source} is no unicast_peer` };
  return checkTrailer(payload, advertBytes, { family, version, vrid: payload[1] ?? 0, source }, hmac);
}

const pseudoHeader = ({ source, destination, payload }: IpPacket, trailerBytes: number): Uint8Array =>
  familyOf(source) === 6
    ? ipv6PseudoHeader(source, destination, payload.length)
    : ipv4PseudoHeader(source, destination, payload.length - trailerBytes);

/** By multicast a TTL other than 255 proves a router on the way; by unicast the range of the peer counts. */
function checkTtl({ ttl, source }: IpPacket, unicast: UnicastPlan | undefined): Rejected | undefined {
  if (!unicast)
    return ttl === VRRP_TTL
      ? undefined
      : { counter: "ip_ttl_err", detail: `TTL ${ttl}, not 255: it came through a router` };
  const peer = unicast.peers.find(({ address }) => address === source);
  if (!peer || (ttl >= peer.minTtl && ttl <= peer.maxTtl)) return undefined;
  return { counter: "ip_ttl_err", detail: `TTL ${ttl}, not ${peer.minTtl} to ${peer.maxTtl}` };
}

/** Whether it came the way that was agreed on, and from whom. */
function checkWay({ source, destination }: IpPacket, { group, unicast }: Expectation): Rejected | undefined {
  if (!unicast)
    return destination === group
      ? undefined
      : { counter: "dest_err", detail: `sent to ${destination}, not to ${group}` };
  if (isMulticast(destination))
    return { counter: "dest_err", detail: `sent to ${destination}: the sender has no unicast_peer` };
  if (!unicast.checkSource || unicast.peers.some(({ address }) => address === source)) return undefined;
  return { counter: "unicast_src_err", detail: `${source} is no unicast_peer` };
}

/** `unkeyed`: the type that adverts without a password have. */
function checkAuth(
  auth: { type: number; data: Uint8Array } | undefined,
  password: Uint8Array | undefined,
  unkeyed: number,
): Rejected | undefined {
  if (!auth) return undefined;
  if (auth.type !== AUTH_NONE && auth.type !== AUTH_PASS && auth.type !== AUTH_AH)
    return { counter: "invalid_authtype", detail: `authentication type ${auth.type} does not exist` };
  const wanted = password ? AUTH_PASS : unkeyed;
  if (auth.type !== wanted)
    return {
      counter: "authtype_mismatch",
      detail: `authentication ${authName(auth.type)}, ours is ${authName(wanted)}`,
    };
  if (password && !sameBytes(auth.data, password))
    return { counter: "auth_failure", detail: "the password is another" };
  return undefined;
}

/** Takes the same time wherever the difference lies, so that a password cannot be guessed byte by byte. */
function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}

const authName = (type: number): string => ["NONE", "PASS", "AH"][type] ?? String(type);

function remarks(advert: AdvertEvent, addresses: readonly string[], want: Expectation): Remark[] {
  const found: Remark[] = [];
  if (advert.intervalMs !== want.intervalMs)
    found.push({
      counter: "advert_interval_diff",
      detail: `advert interval ${advert.intervalMs} ms, ours is ${want.intervalMs} ms; the master's is used`,
    });
  if (advert.priority !== 0 && want.trusted !== advert.from) {
    const missing = want.addresses.filter((a) => !addresses.includes(a));
    const extra = addresses.filter((a) => !want.addresses.includes(a));
    if (missing.length > 0 || extra.length > 0)
      found.push({ counter: "addr_list_err", detail: listDifference(missing, extra) });
  }
  return found;
}

const listDifference = (missing: readonly string[], extra: readonly string[]): string =>
  [
    ...(missing.length > 0 ? [`it does not list ${shorten(missing)}`] : []),
    ...(extra.length > 0 ? [`it lists ${shorten(extra)}, which we do not have`] : []),
  ].join(", ");

const shorten = (list: readonly string[]): string =>
  list.length > 4 ? `${list.slice(0, 4).join(", ")} and ${list.length - 4} more` : list.join(", ");
