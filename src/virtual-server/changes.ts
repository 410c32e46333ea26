import { serviceFlags } from "../ipvs/kernel-values.ts";
import { type Command, type Destination, destinationKey, type Service, serviceKey, type Table } from "../ipvs/model.ts";
import { commandText } from "./kernel-table.ts";

/** A command with what it makes of the table as it is now: "change [10.0.0.2]:tcp:80 of [10.0.1.1]:tcp:80 (weight 1 → 3)". */
export function changeText(command: Command, actual: Table): string {
  const text = commandText(command);
  if (command.op.startsWith("del")) return text;
  const was = actual.get(serviceKey(command.service.id));
  const facts =
    "destination" in command
      ? factsText(
          destinationFacts(command.destination),
          was?.destinations.get(destinationKey(command.destination)),
          destinationFacts,
        )
      : factsText(serviceFacts(command.service), was?.service, serviceFacts);
  return facts === "" ? text : `${text} (${facts})`;
}

type Facts = Readonly<Record<string, string>>;

const destinationFacts = ({ weight, forwarding, upperThreshold, lowerThreshold }: Destination): Facts => ({
  weight: `${weight}`,
  method: methodText(forwarding),
  ...(upperThreshold > 0 && { uthreshold: `${upperThreshold}` }),
  ...(lowerThreshold > 0 && { lthreshold: `${lowerThreshold}` }),
});

function methodText(forwarding: Destination["forwarding"]): string {
  if (forwarding.method !== "tun") return forwarding.method.toUpperCase();
  const { tunnel } = forwarding;
  const port = tunnel.type === "gue" ? ` port ${tunnel.port}` : "";
  return `TUN ${tunnel.type}${port}${"checksum" in tunnel && tunnel.checksum !== "none" ? ` ${tunnel.checksum}` : ""}`;
}

/** Of the flags those that are no word of their own here. */
const flagsLeft = (flags: number): number => flags & ~(serviceFlags.persistent | serviceFlags.hashed);

const serviceFacts = ({ scheduler, flags, timeoutS, netmaskBits, engine }: Service): Facts => ({
  scheduler,
  ...(timeoutS > 0 && { persistence: `${timeoutS} s by /${netmaskBits}` }),
  ...(flagsLeft(flags) > 0 && { flags: `0x${flagsLeft(flags).toString(16)}` }),
  ...(engine !== undefined && { engine }),
});

/** "weight 1 → 3, method DR → NAT"; of what is new what it is. */
function factsText<T>(now: Facts, was: T | undefined, factsOf: (value: T) => Facts): string {
  if (was === undefined)
    return Object.entries(now)
      .map(([name, fact]) => `${name} ${fact}`)
      .join(", ");
  const before = factsOf(was);
  return [...new Set([...Object.keys(before), ...Object.keys(now)])]
    .filter((name) => before[name] !== now[name])
    .map((name) => `${name} ${before[name] ?? "none"} → ${now[name] ?? "none"}`)
    .join(", ");
}
