import { type Command, type CommandFailure, type Service, serviceKey } from "../ipvs/model.ts";

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
