import type { Command } from "commander";
import { visibleCommands } from "./visible-commands.ts";

/** A command line, and what it does. */
export type Example = readonly [string, string];

/** Examples of each command, by its words. A test holds them against the commands and options that there are. */
const EXAMPLES: Readonly<Record<string, readonly Example[]>> = {
  run: [
    ["lvskeeper run -n -l -D", "in the foreground, with a detailed log on stderr"],
    ["lvskeeper run -f /etc/keepalived/keepalived.conf", "as a daemon that logs to syslog"],
  ],
  check: [
    ["lvskeeper check", "the file of the host, errors and warnings"],
    ["lvskeeper check --strict --format github site.conf", "in a pipeline, where warnings count too"],
    ["lvskeeper check --pair lvs1.conf lvs2.conf", "the two files of a pair, beside each other"],
  ],
  reload: [["lvskeeper check && lvskeeper plan; lvskeeper reload", "look at what changes, then do it"]],
  stop: [["lvskeeper stop", "VIPs first, then the table; returns when it is gone"]],
  status: [
    ["lvskeeper status", "one screen: does it serve, and if not, why"],
    ["lvskeeper status --watch", "the same, live"],
    ["lvskeeper status --json | jq '.vrrp.instances[].state'", "for scripts"],
  ],
  why: [
    ["lvskeeper why VI_1", "why an instance is in its state"],
    ["lvskeeper why 192.168.122.20", "everything that has an address"],
  ],
  plan: [
    ["lvskeeper plan", "what a reload would change now"],
    ["lvskeeper plan -f new.conf --json", "what another file would"],
  ],
  rs: [
    ["lvskeeper rs drain 192.168.122.20", "out for maintenance, when its connections have ended"],
    ["lvskeeper rs enable 192.168.122.20", "back again"],
  ],
  "rs drain": [
    ["lvskeeper rs drain 192.168.122.20:80 --deadline 600", "wait ten minutes at most"],
    [
      "lvskeeper rs drain 192.168.122.20 --service 192.168.122.100:80 --no-wait",
      "in one virtual server; return at once",
    ],
  ],
  "rs disable": [["lvskeeper rs disable 192.168.122.20:80", "out at once, open connections or not"]],
  "rs enable": [["lvskeeper rs enable 192.168.122.20:80", "undo drain, disable and weight"]],
  "rs weight": [["lvskeeper rs weight 192.168.122.20:80 5", "more work for it, until enabled again"]],
  vrrp: [
    ["lvskeeper vrrp failover VI_1", "the peer takes over; returns when it has"],
    ["lvskeeper vrrp resume VI_1", "take part again"],
  ],
  "vrrp failover": [["lvskeeper vrrp failover VI_1", "before work on this host"]],
  "vrrp resume": [["lvskeeper vrrp resume VI_1", "after it"]],
  realserver: [
    ["lvskeeper realserver up 192.168.122.100", "on a web server of LVS-DR"],
    ["lvskeeper realserver show", "what is missing, in words"],
  ],
  "realserver up": [["lvskeeper realserver up --persist 192.168.122.100", "over restarts of the host too"]],
  "realserver down": [["lvskeeper realserver down", "all of it, exactly as it was before"]],
  "realserver show": [
    ["lvskeeper realserver show 192.168.122.100 --json", "for monitoring: exit status 1 where something is missing"],
  ],
  explain: [
    ["lvskeeper explain advert_int", "a keyword, with its default, its range and an example"],
    ["lvskeeper explain lint/no-vip", "a code of `check`"],
    ["lvskeeper explain quorum.lost", "a message of the log"],
  ],
  completion: [["source <(lvskeeper completion bash)", "in ~/.bashrc; zsh and fish likewise"]],
  ipvs: [
    ["lvskeeper ipvs -Ln", "the kernel's table, as ipvsadm prints it"],
    ["lvskeeper ipvs -Ln --rate --json", "rates, for scripts"],
  ],
};

/** Of a command by its words: "rs drain". */
export const examplesOf = (words: string): readonly Example[] => EXAMPLES[words] ?? [];

export const allExamples: readonly (readonly [string, readonly Example[]])[] = Object.entries(EXAMPLES);

/** Below the options in the help of each command. */
export function addExamples(command: Command, path: readonly string[] = []): void {
  for (const one of visibleCommands(command)) {
    const words = [...path, one.name()];
    const examples = examplesOf(words.join(" "));
    if (examples.length > 0) one.addHelpText("after", () => `\n${examplesText(examples)}`);
    addExamples(one, words);
  }
}

const examplesText = (examples: readonly Example[]): string =>
  ["Examples:", ...examples.flatMap(([line, does]) => [`  ${line}`, `      ${does}`])].join("\n");
