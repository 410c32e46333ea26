/** What an instance counts since the director started, by the names of keepalived's JSON dump where it has them.
 *  Reported in `status`, kept over a restart of the process. */
export const counterNames = [
  "advert_rcvd",
  "advert_sent",
  "become_master",
  "release_master",
  "packet_len_err",
  "advert_interval_err",
  "advert_interval_diff",
  "ip_ttl_err",
  "invalid_type_rcvd",
  "addr_list_err",
  "invalid_authtype",
  "authtype_mismatch",
  "auth_failure",
  "vers_err",
  "chk_err",
  "dest_err",
  /** Adverts from an address that is no unicast_peer. */
  "unicast_src_err",
  "pri_zero_rcvd",
  "pri_zero_sent",
  /** Adverts dropped for their trailer (auth_hmac): none, of another type, unknown key, wrong HMAC, not of now, not new. */
  "auth_ext_missing",
  "auth_ext_malformed",
  "auth_ext_unknown_key",
  "auth_ext_invalid_hmac",
  "auth_ext_stale",
  "auth_ext_replay",
  /** Adverts accepted although the sender's clock is off by more than half of the time window. */
  "auth_ext_skew",
  /** Adverts of another master, heard while MASTER. */
  "second_master",
  /** Times that another hardware address claimed one of its addresses, while MASTER. */
  "address_claimed",
  /** Times that something held it from taking over (takeover_check). */
  "takeover_held",
  /** Times that it stood still for longer than a backup waits, while MASTER. */
  "stood_still",
  /** Adverts that could not be sent. */
  "send_err",
  /** Virtual addresses that somebody else removed while MASTER, and that were put back. */
  "vip_restored",
  /** The same of virtual routes and rules. */
  "route_restored",
] as const;

export type Counter = (typeof counterNames)[number];
export type Counters = Record<Counter, number>;

/** Counters that go on from saved ones; unknown names and values that are no counts are left out. */
export function restoreCounters(saved: Readonly<Record<string, unknown>> = {}): Counters {
  const restored = {} as Counters;
  for (const name of counterNames) {
    const value = saved[name];
    restored[name] = typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : 0;
  }
  return restored;
}
