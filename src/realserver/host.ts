import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { DirectorError, errnoCode, messageOf } from "../core/errors.ts";
import { addressFromBytes } from "../core/ip.ts";
import { RouteMonitor } from "../netlink/route.ts";
import { type HostState, hostLength, type SettingName, type Step, settingNames } from "./model.ts";

const SETTINGS_FOLDER = "/proc/sys/net/ipv4/conf";
const ROUTES_FILE = "/proc/net/route";
const MAIN_TABLE = 254;
const SCOPE_LINK = 253;
const STATIC = 4;
const UNICAST = 1;
/** What a step meets that somebody did already. */
const ALREADY: Readonly<Record<Step["do"], readonly string[]>> = {
  set: [],
  addAddress: ["EEXIST"],
  deleteAddress: ["EADDRNOTAVAIL"],
  addRoute: ["EEXIST"],
  deleteRoute: ["ESRCH"],
};

/** The kernel's side of this network namespace. */
export class RealServerHost implements Disposable {
  readonly #routes: RouteMonitor;

  private constructor(routes: RouteMonitor) {
    this.#routes = routes;
  }

  /** Rejects with DirectorError. */
  static async open(): Promise<RealServerHost> {
    return new RealServerHost(await RouteMonitor.open());
  }

  state(): HostState {
    const names = new Map(this.#routes.links().map(({ index, name }) => [index, name]));
    return {
      loIsUp: this.#routes.link("lo")?.up === true,
      addresses: this.#routes.addresses().map(({ address, prefixLength, interfaceIndex }) => ({
        address,
        prefixLength,
        device: names.get(interfaceIndex) ?? `interface ${interfaceIndex}`,
      })),
      hostRoutes: readHostRoutes(readFileSync(ROUTES_FILE, "utf8")),
      settings: Object.fromEntries(settingNames.map((name) => [name, readSetting(name)])) as HostState["settings"],
      arpIgnore: readdirSync(SETTINGS_FOLDER)
        .filter((device) => !["all", "lo", "default"].includes(device))
        .map((device) => ({ device, value: readSetting(`${device}/arp_ignore`) })),
    };
  }

  /** Rejects with DirectorError at the first step that fails; what is so already is no failure. */
  async carryOut(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      try {
        await this.#one(step);
      } catch (error) {
        if (!ALREADY[step.do].includes(errnoCode(error) ?? "")) throw error;
      }
    }
  }

  [Symbol.dispose](): void {
    this.#routes.close();
  }

  async #one(step: Step): Promise<void> {
    const interfaceIndex = this.#routes.link("lo")?.index ?? 1;
    const key = ({ address }: { readonly address: string }) => ({
      interfaceIndex,
      address,
      prefixLength: hostLength(address),
    });
    switch (step.do) {
      case "set":
        return writeSetting(step.name, step.value);
      case "addAddress":
        return this.#routes.addAddress(key(step));
      case "deleteAddress":
        return this.#routes.deleteAddress(key(step));
      case "addRoute":
        return this.#routes.addRoute(hostRoute(step.address, interfaceIndex), "add");
      case "deleteRoute":
        return this.#routes.deleteRoute(hostRoute(step.address, interfaceIndex));
    }
  }
}

const hostRoute = (address: string, interfaceIndex: number) => ({
  family: 4 as const,
  type: UNICAST,
  destination: { address, prefixLength: 32 },
  interfaceIndex,
  table: MAIN_TABLE,
  metric: 0,
  scope: SCOPE_LINK,
  protocol: STATIC,
  tos: 0,
  onlink: false,
});

/** Single addresses with a route to lo, of proc_net_route(5): name, destination and six more columns, mask. */
export function readHostRoutes(text: string): string[] {
  return text.split("\n").flatMap((line) => {
    const [device, destination = "", , , , , , mask] = line.split(/\s+/);
    if (device !== "lo" || mask !== "FFFFFFFF" || !/^[0-9A-F]{8}$/.test(destination)) return [];
    return [addressFromBytes(inNetworkOrder(destination))];
  });
}

/** The file draws the four bytes as one number of this machine. */
function inNetworkOrder(hex: string): Buffer {
  const bytes = Buffer.from(hex, "hex");
  return new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? bytes.reverse() : bytes;
}

function readSetting(name: string): number {
  try {
    return Number(readFileSync(`${SETTINGS_FOLDER}/${name}`, "utf8"));
  } catch {
    return 0; // an interface that has gone meanwhile
  }
}

function writeSetting(name: SettingName, value: number): void {
  const file = `${SETTINGS_FOLDER}/${name}`;
  try {
    writeFileSync(file, `${value}\n`);
  } catch (cause) {
    const hint = errnoCode(cause) === "EROFS" ? "set it outside of this container" : "run as root";
    throw new DirectorError("realserver/setting", `cannot write ${value} to ${file}: ${messageOf(cause)}`, {
      cause,
      hint,
    });
  }
}
