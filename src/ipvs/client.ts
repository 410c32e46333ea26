import { DirectorError } from "../core/errors.ts";
import { type GenlClient, type GenlRequest, openGenl } from "../netlink/genl.ts";
import { commands, ipvsFamily } from "./attrs.ts";
import { decodeInfo } from "./decode-info.ts";
import * as codec from "./genl-codec.ts";
import type {
  Command,
  CommandFailure,
  DestinationReading,
  IpvsClient,
  RawService,
  ServiceEntry,
  ServiceId,
  ServiceReading,
  SyncDaemon,
  Timeouts,
} from "./model.ts";
import { decodePlainService } from "./plain-service.ts";
import { destinationsIn, RawAnswers } from "./raw-table.ts";
import { askError, daemonError, refusal } from "./refusal.ts";

const none = Buffer.alloc(0);

/** IPVS over generic netlink (Linux 2.6.28 and later). Rejects with DirectorError, "ENOENT" when the kernel has none. */
export async function openGenlClient(options: Parameters<typeof openGenl>[1] = {}): Promise<IpvsClient> {
  return new GenlIpvsClient(await openGenl(ipvsFamily, options));
}

class GenlIpvsClient implements IpvsClient {
  readonly transport = "genl";
  readonly #genl: GenlClient;

  constructor(genl: GenlClient) {
    this.#genl = genl;
  }

  async info(): Promise<{ version: string; connectionTableSize: number }> {
    const request = { command: commands.getInfo, attributes: none };
    const [info] = await asking("ask IPVS for its version", this.#genl.get(request, decodeInfo));
    if (!info) throw new DirectorError("EIO", "IPVS did not say its version");
    return info;
  }

  /** One dump of the services and one of each service's destinations: the kernel has no dump of both. */
  async read(counters = true): Promise<readonly ServiceReading[]> {
    const services = await this.services(counters);
    const fill = async ({ service, stats }: ServiceEntry): Promise<ServiceReading> => ({
      service,
      stats,
      destinations: await this.destinations(service.id, counters),
    });
    return asking("read the IPVS table", Promise.all(services.map(fill)));
  }

  async readRaw(look: (raw: RawService) => void): Promise<void> {
    const answers = new RawAnswers();
    /** Where each answer begins; what comes before the first is of a dump that had to be begun again. */
    const ask = (request: GenlRequest): Promise<readonly number[]> =>
      asking(
        "read the IPVS table",
        this.#genl.dump(request, (attributes) => answers.add(attributes)),
      );
    const starts = await ask({ command: commands.getService, attributes: none });
    const services = starts.map((start, n) => Buffer.from(answers.view(start, starts[n + 1])));
    for (const answer of services) {
      const service = decodePlainService(answer)?.service;
      if (!service) continue;
      answers.clear();
      answers.again(answer);
      const [first = answers.end] = await ask(codec.encodeDestinationsOf(service.id));
      answers.cut(answer.length, first);
      const bytes = answers.view(0);
      look({ service, bytes, destinations: () => destinationsIn(bytes, answer.length, service.id) });
    }
  }

  services(counters = true): Promise<readonly ServiceEntry[]> {
    const request = { command: commands.getService, attributes: none };
    const decode = (attributes: Buffer): ServiceEntry | undefined => codec.decodeService(attributes, counters);
    return asking("read the IPVS table", this.#genl.dump(request, decode));
  }

  destinations(id: ServiceId, counters = true): Promise<readonly DestinationReading[]> {
    const decode = (attributes: Buffer): DestinationReading | undefined =>
      codec.decodeDestination(attributes, id, counters);
    return asking("read a service of IPVS", this.#genl.dump(codec.encodeDestinationsOf(id), decode));
  }

  async apply(list: readonly Command[]): Promise<readonly CommandFailure[]> {
    const failures: CommandFailure[] = [];
    const sent: Command[] = [];
    const endings = await asking("program IPVS", this.#genl.batch(encodeAll(list, sent, failures)));
    for (const [index, { errno, text }] of endings.entries()) {
      const command = sent[index];
      if (errno === undefined || !command) continue;
      // Not one of them would be carried out: the caller hears it once.
      if (errno === "EPERM") throw askError("program IPVS", new DirectorError(errno, "the kernel answered EPERM"));
      failures.push(refusal(command, errno, text));
    }
    return failures;
  }

  syncDaemons(): Promise<readonly SyncDaemon[]> {
    const request = { command: commands.getDaemon, attributes: none };
    return asking("ask IPVS for its sync daemons", this.#genl.dump(request, codec.decodeDaemon));
  }

  /** "EEXIST" when one of this role runs already. */
  async startSyncDaemon(daemon: SyncDaemon): Promise<void> {
    await this.#genl.run(codec.encodeDaemon(commands.newDaemon, daemon)).catch((cause: unknown) => {
      throw daemonError("start", daemon, cause);
    });
  }

  /** "ESRCH" when none of this role runs. */
  async stopSyncDaemon(role: SyncDaemon["role"], syncId: number): Promise<void> {
    await this.#genl.run(codec.encodeDaemon(commands.delDaemon, { role, syncId })).catch((cause: unknown) => {
      throw daemonError("stop", { role }, cause);
    });
  }

  async timeouts(): Promise<Timeouts> {
    const request = { command: commands.getConfig, attributes: none };
    const [timeouts] = await asking("ask IPVS for its timeouts", this.#genl.get(request, codec.decodeTimeouts));
    if (!timeouts) throw new DirectorError("EIO", "IPVS did not say its timeouts");
    return timeouts;
  }

  setTimeouts(timeouts: Partial<Timeouts>): Promise<void> {
    return asking("set the timeouts of IPVS", this.#genl.run(codec.encodeTimeouts(timeouts)));
  }

  flush(): Promise<void> {
    return asking("empty the IPVS table", this.#genl.run({ command: commands.flush, attributes: none }));
  }

  zero(id?: ServiceId): Promise<void> {
    return asking("set the counters of IPVS to 0", this.#genl.run(codec.encodeZero(id)));
  }

  close(): void {
    this.#genl.close();
  }
}

/** The commands' messages, made as they are sent. A value that no message can carry is refused here, as the kernel would. */
function* encodeAll(list: readonly Command[], sent: Command[], failures: CommandFailure[]): Generator<GenlRequest> {
  for (const command of list) {
    try {
      yield codec.encodeCommand(command);
      sent.push(command);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      failures.push(refusal(command, "ERANGE", error.message));
    }
  }
}

async function asking<T>(what: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    throw askError(what, cause);
  }
}
