/** A query for one name, RFC 1035 §4.1. */
export type Query = { readonly id: number; readonly type: string; readonly name: string };

/** What came: an answer to the query, or something else and why it is none. */
export type Answer =
  | { readonly kind: "answer"; readonly rcode: number; readonly rcodeName: string; readonly truncated: boolean }
  | { readonly kind: "other"; readonly why: string };

/** Record types of RFC 1035, 3596 and 4034. */
const TYPES: Readonly<Record<string, number>> = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  RRSIG: 46,
  DNSKEY: 48,
};
const CLASS_IN = 1;
const HEADER_BYTES = 12;
const [FLAG_RESPONSE, FLAG_TRUNCATED, FLAG_RECURSION] = [0x8000, 0x0200, 0x0100];
/** RFC 1035 §4.1.1 and RFC 2136 §2.2, by number. */
const RCODES = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"];

/** A query that asks for recursion. The name has labels of 63 bytes at most; `.` or nothing is the root. */
export function encodeQuery({ id, type, name }: Query): Buffer {
  const labels = name.replace(/\.$/, "").split(".").filter(Boolean);
  const parts = labels.flatMap((label) => {
    const bytes = Buffer.from(label, "utf8");
    return [Buffer.from([bytes.length]), bytes];
  });
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(FLAG_RECURSION, 2);
  header.writeUInt16BE(1, 4); // one question
  const tail = Buffer.alloc(5); // the root label, type and class
  tail.writeUInt16BE(TYPES[type] ?? 0, 1);
  tail.writeUInt16BE(CLASS_IN, 3);
  return Buffer.concat([header, ...parts, tail]);
}

/** The header of a datagram; the records are not looked at. */
export function decodeAnswer(bytes: Buffer, id: number): Answer {
  if (bytes.length < HEADER_BYTES) return { kind: "other", why: `${bytes.length} bytes came that are no DNS message` };
  if (bytes.readUInt16BE(0) !== id) return { kind: "other", why: "an answer with another id came" };
  const flags = bytes.readUInt16BE(2);
  if ((flags & FLAG_RESPONSE) === 0) return { kind: "other", why: "a query came back in place of an answer" };
  const rcode = flags & 0xf;
  const rcodeName = RCODES[rcode] ?? `rcode ${rcode}`;
  return { kind: "answer", rcode, rcodeName, truncated: (flags & FLAG_TRUNCATED) !== 0 };
}
