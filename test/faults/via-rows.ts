/** What a check with `via_vip` makes of real servers. `says` for each kind: of those over TCP, those over UDP, and of
 *  PING_CHECK. VIP is the virtual address and ASKED it with the port, HOST the real server's own, LIMIT connect_timeout. */
export type ViaRow = {
  readonly fault: string;
  readonly says: readonly { readonly of: "TCP" | "UDP" | "PING"; readonly text: string }[];
  readonly known: string;
};

const isItThere = "is VIP on its loopback interface? Try `lvskeeper realserver up VIP` there";

export const lacking: ViaRow = {
  fault: "lacks the virtual address",
  says: [
    {
      of: "TCP",
      text: `HOST, asked for ASKED as by a client, did not answer within LIMIT, but does for its own address: ${isItThere}`,
    },
    { of: "UDP", text: `no answer from ASKED at HOST* within LIMIT, but does for its own address: ${isItThere}` },
    { of: "PING", text: `no echo reply from VIP at HOST within LIMIT, but does for its own address: ${isItThere}` },
  ],
  known: "connect_timeout",
};

export const forwarding: ViaRow = {
  fault: "lacks it, and forwards packets",
  says: [
    { of: "UDP", text: `* passed on what was for ASKED at HOST: ${isItThere}` },
    { of: "PING", text: `* passed on what was for VIP at HOST: ${isItThere}` },
  ],
  known: "at once",
};

export const closed: ViaRow = {
  fault: "has it, and nobody listens",
  says: [
    { of: "TCP", text: "HOST, asked for ASKED as by a client, refused the connection" },
    { of: "UDP", text: "nobody listens on ASKED at HOST (ICMP: port unreachable)" },
  ],
  known: "at once",
};

export const silent: ViaRow = {
  fault: "answers for neither address",
  says: [
    { of: "TCP", text: "HOST, asked for ASKED as by a client, did not answer within LIMIT" },
    { of: "UDP", text: "no answer from ASKED at HOST* within LIMIT" },
    { of: "PING", text: "no echo reply from VIP at HOST within LIMIT" },
  ],
  known: "connect_timeout",
};

export const viaRows: readonly ViaRow[] = [lacking, forwarding, closed, silent];

/** Over what a kind asks. */
export const overOf = (kind: string): "TCP" | "UDP" | "PING" =>
  kind === "PING_CHECK" ? "PING" : kind === "DNS_CHECK" || kind === "UDP_CHECK" ? "UDP" : "TCP";

/** What a row says of a kind, as an expression; undefined: nothing of its own. */
export function viaSaid(
  { says }: ViaRow,
  kind: string,
  words: { readonly vip: string; readonly asked: string; readonly host: string; readonly limit: string },
): RegExp | undefined {
  const text = says.find(({ of }) => of === overOf(kind))?.text;
  if (text === undefined) return undefined;
  const literal = text
    // A UDP_CHECK calls it a reply.
    .replace("no answer", kind === "UDP_CHECK" ? "no reply" : "no answer")
    .replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*");
  const known: Readonly<Record<string, string>> = {
    VIP: words.vip,
    ASKED: words.asked.replaceAll(/[[\].]/g, "\\$&"),
    HOST: words.host,
    LIMIT: words.limit,
  };
  return new RegExp(`^${literal.replaceAll(/VIP|ASKED|HOST|LIMIT/g, (word) => known[word] ?? "")}$`);
}
