import ipaddr from "ipaddr.js";

export type Family = 4 | 6;

/** Four decimal parts without leading zeros. A large table is made of such addresses, each of which the library would try on
 *  several expressions, and make an object of. */
const FOUR_PARTS = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

/** The canonical text of an address ("10.0.0.1", "2001:db8::1"), or undefined when `text` is not exactly one address:
 *  four decimal parts for IPv4 (no octal, no short forms), no brackets and no zone. */
export function canonicalAddress(text: string): string | undefined {
  if (FOUR_PARTS.test(text)) return text; // such a text has one form only
  if (!text.includes(":") || text.includes("%") || !ipaddr.IPv6.isValid(text)) return undefined;
  // To the library 010.1.1.1 and 0x1.2.3.4 are an end like another.
  const end = text.slice(text.lastIndexOf(":") + 1);
  if (end.includes(".") && !FOUR_PARTS.test(end)) return undefined;
  const address = ipaddr.IPv6.parse(text);
  return address.isIPv4MappedAddress() ? `::ffff:${address.toIPv4Address().toString()}` : address.toRFC5952String();
}

export const familyOf = (address: string): Family => (address.includes(":") ? 6 : 4);

/** Network-order bytes (4 or 16) of a canonical address. */
export const addressBytes = (address: string): Uint8Array =>
  address.includes(":") ? Uint8Array.from(ipaddr.parse(address).toByteArray()) : fourBytes(address);

const [DOT, ZERO] = [0x2e, 0x30];

function fourBytes(address: string): Uint8Array {
  const word = fourBytesWord(address);
  return Uint8Array.of(word >>> 24, word >>> 16, word >>> 8, word);
}

/** The four bytes of a canonical IPv4 address as one number with sign. A large table is made of such addresses: these do
 *  without the library, which tries each on several expressions. */
export function fourBytesWord(address: string): number {
  let dots = 0;
  let word = 0;
  let part = 0;
  for (let i = 0; i < address.length; i++) {
    const code = address.charCodeAt(i);
    if (code === DOT) {
      word = (word << 8) | part;
      part = 0;
      dots++;
    } else part = part * 10 + code - ZERO;
  }
  if (dots !== 3) throw new RangeError(`\`${address}\` is no IPv4 address`);
  return (word << 8) | part;
}

/** Canonical text of 4 or 16 network-order bytes; RangeError for any other length. */
export function addressFromBytes(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  if (bytes.length !== 16) throw new RangeError(`an address of ${bytes.length} bytes`);
  return canonicalAddress(ipaddr.fromByteArray([...bytes]).toString()) as string;
}

/** Order of two addresses of one family as unsigned integers, as RFC 9568 §6.4.3 compares primary addresses. */
export const compareAddresses = (a: string, b: string): number =>
  Buffer.compare(Buffer.from(addressBytes(a)), Buffer.from(addressBytes(b)));

/** "10.0.0.1:80", "[2001:db8::1]:80". */
export const endpointText = (address: string, port: number): string =>
  address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;

/** Of IPv6, RFC 4291 §2.5.6. */
export const isLinkLocal = (address: string): boolean => /^fe[89ab]/.test(address);

export const isMulticast = (address: string): boolean => ipaddr.parse(address).range() === "multicast";
