// When the kernel was told to take a destination out of its table, of a capture of netlink (nlmon): to the microsecond, and
// at no cost while it happens.

/** https://www.tcpdump.org/manpages/pcap-savefile.5.html, as this machine writes it. */
const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
/** LINKTYPE_NETLINK: what stands before the messages of a record. */
const COOKED_BYTES = 16;
const NETLINK_HEADER_BYTES = 16;
const GENL_HEADER_BYTES = 4;
const NLM_F_REQUEST = 1;
/** linux/ip_vs.h: IPVS_CMD_DEL_DEST, IPVS_CMD_ATTR_DEST, IPVS_DEST_ATTR_ADDR. */
const DEL_DEST = 7;
const ATTR_DEST = 2;
const DEST_ADDR = 1;

/** Seconds since the epoch by the address of the destination (IPv4, eight hexadecimal digits). `family`: the number that
 *  the kernel has given IPVS. */
export function removalsIn(capture: Buffer, family: number): Map<string, number> {
  const removals = new Map<string, number>();
  for (let at = FILE_HEADER_BYTES; at + RECORD_HEADER_BYTES <= capture.length; ) {
    const timeS = capture.readUInt32LE(at) + capture.readUInt32LE(at + 4) / 1e6;
    const length = capture.readUInt32LE(at + 8);
    at += RECORD_HEADER_BYTES;
    for (const address of removedIn(capture.subarray(at + COOKED_BYTES, at + length), family))
      if (!removals.has(address)) removals.set(address, timeS);
    at += length;
  }
  return removals;
}

function* removedIn(messages: Buffer, family: number): Generator<string> {
  for (let at = 0; at + NETLINK_HEADER_BYTES + GENL_HEADER_BYTES <= messages.length; ) {
    const length = messages.readUInt32LE(at);
    const message = messages.subarray(at, at + length);
    const isRequest = (message.readUInt16LE(6) & NLM_F_REQUEST) !== 0;
    if (message.readUInt16LE(4) === family && isRequest && message[NETLINK_HEADER_BYTES] === DEL_DEST) {
      const destination = attribute(message.subarray(NETLINK_HEADER_BYTES + GENL_HEADER_BYTES), ATTR_DEST);
      const address = destination && attribute(destination, DEST_ADDR);
      if (address) yield address.toString("hex", 0, 4).toUpperCase();
    }
    at += Math.max(NETLINK_HEADER_BYTES, (length + 3) & ~3);
  }
}

function attribute(attributes: Buffer, wanted: number): Buffer | undefined {
  for (let at = 0; at + 4 <= attributes.length; ) {
    const length = Math.max(4, attributes.readUInt16LE(at));
    if ((attributes.readUInt16LE(at + 2) & 0x3fff) === wanted) return attributes.subarray(at + 4, at + length);
    at += (length + 3) & ~3;
  }
  return undefined;
}
