import { parseArgs } from "node:util";
import { DirectorError, messageOf } from "../core/errors.ts";
import { type ListingOptions, listing } from "../ipvs/listing.ts";
import type { IpvsClient } from "../ipvs/model.ts";
import { openIpvs } from "../ipvs/open.ts";

const USAGE = "usage: lvskeeper ipvs -Ln [--stats | --rate] [--exact] [--sort | --nosort] [--json]";

type Wanted = ListingOptions & { readonly json: boolean };

/** `lvskeeper ipvs`: the kernel's IPVS table as ipvsadm lists it, or as JSON. Needs no running daemon. Resolves with the
 *  exit code: 0, 1 when IPVS cannot be read, 2 for arguments it does not take. */
export async function ipvsCommand(args: readonly string[]): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    await print(`${USAGE}\n`);
    return 0;
  }
  const wanted = readArguments(args);
  if (typeof wanted === "string") return fail(wanted, 2);
  let client: IpvsClient | undefined;
  try {
    client = (await openIpvs()).client;
    await print(await render(client, wanted));
    return 0;
  } catch (error) {
    const hint = error instanceof DirectorError && error.hint !== undefined ? `; ${error.hint}` : "";
    return fail(`${messageOf(error)}${hint}`, 1);
  } finally {
    client?.close();
  }
}

async function render(client: IpvsClient, wanted: Wanted): Promise<string> {
  const info = await client.info();
  const services = await client.read();
  if (!wanted.json) return listing(info, services, wanted);
  return `${JSON.stringify({ ...info, transport: client.transport, services }, jsonValue, 2)}\n`;
}

/** Counters are numbers in JSON: past 2^53 they lose their last digits, as readers of JSON would make them anyway. */
const jsonValue = (_key: string, value: unknown): unknown => (typeof value === "bigint" ? Number(value) : value);

const options = {
  list: { type: "boolean", short: "L" },
  numeric: { type: "boolean", short: "n" },
  stats: { type: "boolean" },
  rate: { type: "boolean" },
  exact: { type: "boolean" },
  sort: { type: "boolean" },
  nosort: { type: "boolean" },
  json: { type: "boolean" },
} as const;

/** What is wanted, or what is wrong with the arguments in one line. */
function readArguments(args: readonly string[]): Wanted | string {
  // ipvsadm takes -l for -L.
  const spelled = args.map((arg) => (/^-[a-zA-Z]+$/.test(arg) ? arg.replaceAll("l", "L") : arg));
  const { tokens, values } = parseArgs({ args: spelled, options, strict: false, allowPositionals: true, tokens: true });
  for (const token of tokens) {
    if (token.kind === "positional") return `unexpected argument \`${token.value}\`; ${USAGE}`;
    if (token.kind === "option" && !(token.name in options)) return notTaken(token.rawName);
  }
  const { list, numeric, json = false, stats, rate, exact, nosort } = values;
  if (!list) return USAGE;
  if (!json && !numeric) return "host and service names are not looked up; add -n";
  const columns = stats ? "stats" : rate ? "rate" : "connections";
  return { columns, exact: exact === true, sorted: nosort !== true, json: json === true };
}

/** ipvsadm's other options, which people who come from it will try. */
const ipvsadmOptions = new Set(
  `-A --add-service -E --edit-service -D --delete-service -C --clear -R --restore -S --save -a --add-server -e --edit-server
  -d --delete-server -Z --zero --set --start-daemon --stop-daemon -t --tcp-service -u --udp-service --sctp-service
  -f --fwmark-service -s --scheduler -p --persistent -M --netmask -o --ops --pe -b --sched-flags -r --real-server
  -g --gatewaying -i --ipip -m --masquerading --tun-type --tun-port -w --weight -x --u-threshold -y --l-threshold
  --mcast-interface -c --connection --timeout --daemon --thresholds --persistent-conn --tun-info -6 --ipv6`.split(
    /\s+/,
  ),
);

function notTaken(option: string): string {
  if (ipvsadmOptions.has(option)) return `\`${option}\` is not supported here; use \`ipvsadm ${option} …\`. ${USAGE}`;
  return `unknown option \`${option}\`; ${USAGE}`;
}

function fail(message: string, code: number): number {
  process.stderr.write(`lvskeeper ipvs: ${message}\n`);
  return code;
}

/** Resolves when all is written, or when the reader has gone (`| head`). */
function print(text: string): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.once("error", () => resolve());
    process.stdout.write(text, () => resolve());
  });
}
