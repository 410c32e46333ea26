import {
  type Command,
  type CommandFailure,
  destinationKey,
  type Service,
  serviceKey,
  type Table,
} from "../ipvs/model.ts";

/** Whether a command takes a server out of a service, or its weight: what goes wrong before it can leave the service empty. */
const takes = (command: Command): boolean =>
  command.op === "delDest" || (command.op === "setDest" && command.destination.weight === 0);

/** The services from which these commands take a server. */
export const servicesTakenFrom = (commands: readonly Command[]): ReadonlyMap<string, Service> =>
  new Map(commands.filter(takes).map(({ service }) => [serviceKey(service.id), service]));

/** The commands in two batches, each in its order: those that give first. Without any that takes there is one. */
export function giveThenTake(commands: readonly Command[]): readonly [readonly Command[], readonly Command[]] {
  if (!commands.some(takes)) return [commands, []];
  const isLast = (command: Command): boolean => takes(command) || command.op === "delService";
  return [commands.filter((one) => !isLast(one)), commands.filter(isLast)];
}

/** Without those of services in which something was refused. */
export function withoutRefused(commands: readonly Command[], refused: readonly CommandFailure[]): readonly Command[] {
  const services = new Set(refused.map(({ command }) => serviceKey(command.service.id)));
  return commands.filter(({ service }) => !services.has(serviceKey(service.id)));
}

/** Without those of services in which something was refused and which they would leave without a server, while there still is
 *  one by what the kernel held before `given`. */
export function withoutLast(
  commands: readonly Command[],
  refused: readonly CommandFailure[],
  held: Table,
  given: readonly Command[],
): readonly Command[] {
  const failed = new Set(refused.map(({ command }) => command));
  const carriedOut = given.filter((command) => !failed.has(command));
  const spared = new Set<string>();
  for (const { command } of refused) {
    const key = serviceKey(command.service.id);
    const weights = new Map([...(held.get(key)?.destinations ?? [])].map(([place, { weight }]) => [place, weight]));
    const serves = (): boolean => [...weights.values()].some((weight) => weight > 0);
    const apply = (list: readonly Command[]): void => {
      for (const one of list) {
        if (!("destination" in one) || serviceKey(one.service.id) !== key) continue;
        if (one.op === "delDest") weights.delete(destinationKey(one.destination));
        else weights.set(destinationKey(one.destination), one.destination.weight);
      }
    };
    apply(carriedOut);
    const served = serves();
    apply(commands);
    if (served && !serves()) spared.add(key);
  }
  return commands.filter((command) => !(takes(command) && spared.has(serviceKey(command.service.id))));
}
