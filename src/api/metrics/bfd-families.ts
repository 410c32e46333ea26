import type { MetricsInput } from "../../process/metrics-input.ts";
import type { Family, Reading, Sample } from "./family.ts";

const family = <F extends Family>(given: F): F => given;
const session = ["session", "neighbor"] as const;

/** BFD sessions. */
export const bfdFamilies = {
  up: family({
    name: "lvskeeper_bfd_session_up",
    type: "gauge",
    help: "1 while the BFD session is up.",
    labels: session,
  }),
  changes: family({
    name: "lvskeeper_bfd_session_changes",
    type: "counter",
    help: "How often the BFD session came up or went down.",
    labels: [...session, "to"],
  }),
  sent: family({
    name: "lvskeeper_bfd_packets_sent",
    type: "counter",
    help: "Control packets of the session that were sent.",
    labels: session,
  }),
  received: family({
    name: "lvskeeper_bfd_packets_received",
    type: "counter",
    help: "Control packets that came in for the session.",
    labels: session,
  }),
  sendErrors: family({
    name: "lvskeeper_bfd_send_errors",
    type: "counter",
    help: "Control packets that could not be sent.",
    labels: session,
  }),
  dropped: family({
    name: "lvskeeper_bfd_packets_dropped",
    type: "counter",
    help: "Datagrams that no session took, by reason.",
    labels: ["reason"],
  }),
} as const;

type Session = Extract<NonNullable<MetricsInput["status"]["bfd"]>, object>["sessions"][number];

export function bfdReadings({ status }: MetricsInput): Reading[] {
  const f = bfdFamilies;
  const known = typeof status.bfd === "object" ? status.bfd : undefined;
  const each = (family: Family, of: (one: Session) => number): Reading => ({
    family,
    samples: (known?.sessions ?? []).map((one): Sample => ({ labels: labelsOf(one), value: of(one) })),
  });
  return [
    each(f.up, ({ state }) => (state === "up" ? 1 : 0)),
    {
      family: f.changes,
      samples: (known?.sessions ?? []).flatMap((one) => [
        { labels: { ...labelsOf(one), to: "up" }, value: one.timesUp },
        { labels: { ...labelsOf(one), to: "down" }, value: one.timesDown },
      ]),
    },
    each(f.sent, ({ sent }) => sent),
    each(f.received, ({ received }) => received),
    each(f.sendErrors, ({ sendErrors }) => sendErrors),
    {
      family: f.dropped,
      samples: Object.entries(known?.dropped ?? {}).map(([reason, value]) => ({ labels: { reason }, value })),
    },
  ];
}

const labelsOf = ({ name, neighbor }: Session) => ({ session: name, neighbor });
