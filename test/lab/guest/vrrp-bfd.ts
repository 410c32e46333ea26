// One BFD session by itself, single hop: `node vrrp-bfd.js OWN PEER MIN_MS MULTIPLIER`. Each change of its state is a line of
// JSON on stdout. SIGTERM takes it down in order.
import dgram from "node:dgram";
import { decodeControl, encodeControl } from "../../../src/bfd/packet.ts";
import { deadlineOf, newSession, type SessionEvent, step } from "../../../src/bfd/session.ts";
import { nowMs } from "../../../src/core/clock.ts";

const CONTROL_PORT = 3784;
/** RFC 5881 §4: of the dynamic ports, and the same for all packets of a session. */
const SOURCE_PORT = 49_200;

const [own = "", peer = "", minMs = "", multiplier = ""] = process.argv.slice(2);
const config = {
  minTxMs: Number(minMs),
  minRxMs: Number(minMs),
  idleTxMs: 1000,
  multiplier: Number(multiplier),
  passive: false,
};
const incoming = dgram.createSocket("udp4");
const outgoing = dgram.createSocket("udp4");
let session = newSession(1 + Math.floor(Math.random() * 0xffff_fffe), config);
let timer: NodeJS.Timeout | undefined;

function take(event: SessionEvent): void {
  const taken = step(session, event, config, Math.random());
  session = taken.session;
  for (const effect of taken.effects)
    if (effect.do === "send") outgoing.send(encodeControl(effect.packet), CONTROL_PORT, peer);
    else process.stdout.write(`${JSON.stringify({ ...effect, atMs: nowMs() })}\n`);
  clearTimeout(timer);
  const deadline = deadlineOf(session, config);
  // What came while the loop stood still is read first: silence is not concluded from our own lateness.
  const due = (): unknown => setImmediate(() => take({ type: "timer", now: nowMs() }));
  if (deadline !== undefined) timer = setTimeout(due, Math.max(0, Math.ceil(deadline - nowMs())));
}

incoming.on("message", (bytes, from) => {
  const decoded = decodeControl(bytes);
  if (!decoded.ok) process.stderr.write(`refused: ${decoded.error.code}\n`);
  else if (from.address === peer && [0, session.discriminator].includes(decoded.value.yours))
    take({ type: "packet", now: nowMs(), packet: decoded.value });
});
incoming.bind(CONTROL_PORT, own, () => {
  outgoing.bind(SOURCE_PORT, own, () => {
    outgoing.setTTL(255);
    take({ type: "start", now: nowMs() });
    process.stdout.write(`${JSON.stringify({ do: "started" })}\n`);
  });
});
process.once("SIGTERM", () => {
  take({ type: "disable", now: nowMs() });
  setImmediate(() => process.exit(0));
});
