import { messageOf } from "../core/errors.ts";
import type { Connector } from "./connector.ts";
import { createNativeConnector } from "./native-connector.ts";
import { nodeConnector } from "./node-connector.ts";

let inUse: Connector | undefined;
let whyNot: string | undefined;

/** What opens connections: the addon, which takes several times less of the processor, and node:net where that is missing. */
export const connector = (): Connector => {
  inUse ??= nativeIfPossible();
  return inUse;
};

/** Why the addon does not open connections; undefined where it does. */
export function connectorObstacle(): string | undefined {
  connector();
  return whyNot;
}

/** Opens connections with this from now on; undefined: with what is best. */
export const useConnector = (wanted: Connector | undefined): void => {
  inUse = wanted;
};

function nativeIfPossible(): Connector {
  try {
    return createNativeConnector();
  } catch (error) {
    whyNot = messageOf(error);
    return nodeConnector;
  }
}
