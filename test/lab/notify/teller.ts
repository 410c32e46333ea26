import type { Host, Lab, LabProcess } from "../lib/lab.ts";
import { config, FOLDER, PROGRAMS, type Server, type Story } from "./servers.ts";

export type Make = "keepalived" | "director";

/** All that a director has told of its servers. */
export type Told = {
  /** Of the FIFO, by virtual server, since different ones are checked in no order. */
  readonly lines: Readonly<Record<string, readonly string[]>>;
  /** The words of the scripts, by subject: keepalived starts all scripts of a moment side by side. */
  readonly ran: Readonly<Record<string, readonly string[]>>;
  readonly environment: readonly string[];
  readonly users: readonly string[];
  /** The words of the program of the other FIFO at each of its starts, and what it has read. */
  readonly readerWords: readonly string[];
  readonly read: readonly string[];
  readonly table: string;
  readonly log: string;
};

/** A director of either make, whose programs and FIFOs write down what it tells. */
export class Teller implements AsyncDisposable {
  readonly #lab: Lab;
  readonly #at: Host;
  readonly #make: Make;
  #director: LabProcess | undefined;
  #reader: LabProcess | undefined;
  #log = "";
  #table = "";

  constructor(lab: Lab, at: Host, make: Make) {
    this.#lab = lab;
    this.#at = at;
    this.#make = make;
  }

  async start(story: Story, gates: Readonly<Partial<Record<Server, number>>>): Promise<void> {
    await this.#run(`rm -rf ${FOLDER}; mkdir -p ${FOLDER}; mkfifo ${FOLDER}/all; cd ${FOLDER}
      touch ran users environment reader-words read; chmod 666 ran users`);
    for (const [name, text] of Object.entries(PROGRAMS)) {
      await this.#lab.writeFile(`${FOLDER}/${name}`, text, { at: this.#at });
      await this.#run(`chmod 755 ${FOLDER}/${name}`);
    }
    await this.gate(gates);
    // It is there before the director, and stays when that goes.
    this.#reader = await this.#lab.spawn(this.#at, ["sh", "-c", `exec cat <> ${FOLDER}/all`], {
      name: `${this.#at}-reader`,
    });
    this.#director = await this.#lab[this.#make](this.#at, config(story));
  }

  /** What the programs say from now on. */
  async gate(gates: Readonly<Partial<Record<Server, number>>>): Promise<void> {
    const writes = Object.entries(gates).map(
      ([name, status]) => `echo ${status} > ${FOLDER}/${name}.new; mv ${FOLDER}/${name}.new ${FOLDER}/${name}`,
    );
    await this.#run(writes.join("; "));
  }

  async reload(story: Story): Promise<void> {
    await this.#lab.writeFile("/etc/keepalived/keepalived.conf", config(story), { at: this.#at });
    await this.#director?.signal("SIGHUP");
  }

  async stop(): Promise<void> {
    const director = this.#director;
    if (!director) return;
    this.#table = await this.#lab.table(this.#at);
    this.#director = undefined;
    await director.signal("SIGTERM");
    await director.exited();
    this.#log = await director.log();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.#reader?.signal("SIGKILL");
    await this.#reader?.exited();
  }

  /** Until it has told so, as many times. */
  async tells(line: string, times = 1): Promise<void> {
    await this.#lab.eventually(`${this.#at}: ${line}`, 120_000, async () => {
      return (await this.#lines()).filter((one) => one === line).length >= times;
    });
  }

  async tellsAll(lines: readonly string[], times = 1): Promise<void> {
    for (const line of lines) await this.tells(line, times);
  }

  /** Until a destination has this weight in the table. */
  async weighs(destination: string, weight: number): Promise<void> {
    const row = new RegExp(`-> ${destination.replaceAll(".", "\\.")} +Route +${weight} `);
    await this.#lab.eventually(`${this.#at}: ${destination} weighs ${weight}`, 120_000, async () =>
      row.test(await this.#lab.table(this.#at)),
    );
  }

  /** Until as many scripts have run. */
  async ran(count: number): Promise<void> {
    await this.#lab.eventually(`${this.#at}: ${count} scripts`, 120_000, async () => {
      return (await this.#linesOf("users")).length >= count;
    });
  }

  async told(): Promise<Told> {
    return {
      lines: grouped(await this.#lines(), (line) => /(\S+|FWM \d+) \w+$/.exec(line)?.[1] ?? ""),
      ran: grouped(await this.#linesOf("ran"), subjectOf),
      environment: await this.#linesOf("environment"),
      users: (await this.#linesOf("users")).toSorted(),
      readerWords: await this.#linesOf("reader-words"),
      read: await this.#linesOf("read"),
      table: this.#table,
      log: this.#log,
    };
  }

  /** keepalived ends each with a zero byte, which the log of a process may have escaped. */
  async #lines(): Promise<readonly string[]> {
    return linesOf(((await this.#reader?.log()) ?? "").replaceAll("\\0", ""));
  }

  async #linesOf(name: string): Promise<readonly string[]> {
    return linesOf(await this.#run(`cat ${FOLDER}/${name}`));
  }

  #run(command: string): Promise<string> {
    return this.#lab.run(this.#at, command);
  }
}

/** What the words of a script are about. */
export const subjectOf = (line: string): string => line.replace(/<up>|<down>|<two words>|<>|<"?quoted"?>/g, "");

const linesOf = (text: string): readonly string[] => text.replaceAll("\0", "").split("\n").filter(Boolean);

function grouped(lines: readonly string[], groupOf: (line: string) => string): Record<string, string[]> {
  const groups: Record<string, string[]> = {};
  for (const line of lines) {
    const group = groupOf(line);
    groups[group] = [...(groups[group] ?? []), line];
  }
  return groups;
}

/** What both directors of a lab tell of the same story: Debian's keepalived, and ours. */
export async function bothTell(
  lab: Lab,
  live: (director: Teller) => Promise<void>,
): Promise<{ readonly theirs: Told; readonly ours: Told }> {
  const told = async (at: Host, make: Make): Promise<Told> => {
    await using director = new Teller(lab, at, make);
    await live(director);
    await director.stop();
    return director.told();
  };
  const [theirs, ours] = await Promise.all([told("d1", "keepalived"), told("d2", "director")]);
  return { theirs, ours };
}
