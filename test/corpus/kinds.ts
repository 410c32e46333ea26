/** One kind of message that keepalived gives, and what answers it here. A difference names the heading of
 *  docs/compatibility.md that gives its reason. */
export type Kind = { readonly message: RegExp; readonly in?: RegExp } & (
  | {
      /** One of these codes has to be there too: at the same line, where keepalived names one. */
      readonly ours: readonly string[];
      /** The same problem, told of another place. */
      readonly elsewhere?: string;
    }
  /** About the machine that keepalived ran on, not about the file: its interfaces, users, scripts, name servers, build. */
  | { readonly machine: string }
  /** Not reported here, on purpose. */
  | { readonly differs: string }
);

/** In this order: the first that fits counts. */
export const kinds: readonly Kind[] = [
  // The machine.
  { message: /^Disabling track script \S+ since not found/, machine: "scripts" },
  { message: /^Error setting global script uid\/gid/, machine: "users" },
  { message: /^Unable to set default user/, machine: "users" },
  { message: /track script chk_haproxy not found, ignoring/, in: /^069/, machine: "users: the script was removed" },
  { message: /Unknown interface!$/, machine: "interfaces" },
  { message: /already exists and is not a private macvlan/, machine: "interfaces" },
  { message: /^Invalid smtp server smtp_server 25/, machine: "name servers" },
  { message: /^iptables not supported, using nftables instead/, machine: "build" },
  // Of another dialect one error is given.
  {
    message: /^(Unknown keyword|PARSER|nb_get_retry|Virtual server .* one packet)/,
    in: /dialect/,
    differs: "other-dialects",
  },
  // The language.
  { message: /^There are \d+ missing '}'s/, ours: ["conf/missing-close", "conf/extra-close"] },
  { message: /^\*\*\* Configuration line starting/, ours: ["conf/missing-value"] },
  { message: /^Unknown keyword '(nb_get_retry|lvs_id)'/, ours: ["conf/deprecated"] },
  { message: /^Unknown keyword 'nat_mask'/, ours: ["conf/no-effect"] },
  { message: /^Unknown keyword '(track_v\w+|\})'/, in: /^181/, differs: "unknown-blocks" },
  { message: /^Unexpected '\{' - ignoring/, ours: ["conf/unknown-keyword", "conf/unexpected-block"] },
  { message: /^Unknown keyword/, ours: ["conf/unknown-keyword", "conf/wrong-block"] },
  { message: /^Config files missing/, ours: ["conf/include-nothing"] },
  // Values.
  { message: /^vrrp_g(arp|na)_interval '0'/, ours: ["conf/corrected"] },
  { message: /^number '0' outside range \[0\.000001, 4294/, ours: ["conf/corrected"] },
  { message: /^(number|invalid number) '.*'/, ours: ["conf/bad-value"] },
  { message: /^(Quorum 0 must be|persistence_timeout invalid|Invalid lvs_sync_daemon)/, ours: ["conf/bad-value"] },
  { message: /^Interface name '.*' too long/, ours: ["conf/bad-value"] },
  {
    message: /^VRRP parsed invalid IP|^Invalid address prefix len|malformed (src|unicast peer) address/,
    ours: ["conf/bad-value"],
  },
  { message: /unknown authentication type|unknown \[\w+\] routing method/, ours: ["conf/bad-value"] },
  { message: /is deprecated/, ours: ["conf/deprecated"] },
  { message: /has already been specified/, ours: ["conf/repeated"] },
  // VRRP.
  { message: /^Truncating auth_pass/, ours: ["vrrp/password-cut"] },
  {
    message: /version 3 does not support authentication|Strict mode does not support auth/,
    ours: ["vrrp/no-authentication"],
  },
  { message: /Initial state master is incompatible with AH/, ours: ["vrrp/ah-master"] },
  { message: /track script \S+ not found, ignoring/, ours: ["vrrp/undefined-name"] },
  { message: /Ignoring track_interface \S+ since own interface/, ours: ["vrrp/own-interface", "lint/own-interface"] },
  { message: /No VIP specified/, ours: ["vrrp/no-addresses"] },
  { message: /^Sync group \S+ has only 1/, ours: ["lint/small-group"] },
  { message: /State MASTER must match being address owner/, ours: ["vrrp/strict"] },
  { message: /Cannot specify native_ipv6 with IPv4/, ours: ["vrrp/mixed-families"] },
  { message: /cannot track route \S+ with no interface/, ours: ["route/untracked"] },
  // Virtual servers and checks.
  { message: /no protocol set - defaulting to UDP/, ours: ["vs/no-protocol"] },
  { message: /no scheduler set, setting default/, ours: ["vs/no-lb-algo"] },
  { message: /no forwarding method set, setting default/, ours: ["vs/no-lb-kind"] },
  { message: /protocol specified for fwmark/, ours: ["vs/mark-protocol"] },
  { message: /checker has no urls specified/, ours: ["check/no-url"], elsewhere: "places" },
  { message: /^SECURITY VIOLATION - (check )?scripts/, ours: ["script/security-off"] },
];

/** What is an error here and nothing to keepalived. */
export type OwnError = {
  readonly code: string;
  readonly message?: RegExp;
  readonly in?: RegExp;
  readonly differs: string;
};

export const ownErrors: readonly OwnError[] = [
  { code: "conf/not-supported", differs: "read-and-not-run" },
  { code: "conf/other-dialect", differs: "other-dialects" },
  { code: "conf/bad-value", message: /`1\.2\.3\.4` is not a netmask/, in: /^138/, differs: "netmasks-with-gaps" },
  // Where a file names a network namespace, `keepalived -t` says nothing of what comes after the global part. With that line
  // taken out it says of these files what we say.
  { code: "conf/wrong-block", message: /`persistence_timeout`/, in: /^(141|192)/, differs: "network-namespaces" },
  { code: "conf/unknown-option", message: /`track`/, in: /^181/, differs: "network-namespaces" },
  { code: "conf/unknown-keyword", message: /`track_/, in: /^181/, differs: "network-namespaces" },
  { code: "conf/wrong-block", message: /`timeout`/, in: /^204/, differs: "network-namespaces" },
  { code: "conf/unknown-keyword", message: /`quorum_weight`/, in: /^204/, differs: "network-namespaces" },
];
