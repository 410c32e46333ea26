import { commandRows, optionRows, type Spelling } from "./table.ts";

/** The line that ipvsadm 1.31 begins its help with, which scripts look at for its version. */
export const versionText = "ipvsadm v1.31 2019/12/24 (compiled with popt and IPVS v1.2.1)\n";

export const tryHelp = (program: string): string =>
  `Try \`${program} -h' or '${program} --help' for more information.\n`;

export function helpText(program: string): string {
  const rows = (all: readonly Spelling[]): string[] => all.map((row) => `  ${spelled(row)}`);
  return [
    `${versionText}Usage: ${program} COMMAND [virtual-service] [options]`,
    "",
    "Commands:",
    ...rows(Object.values(commandRows)),
    "",
    "Options, of which each command takes its own; see ipvsadm(8):",
    ...rows(Object.values(optionRows)),
    "",
    "Also: --json makes a listing JSON; --force changes the table of a running lvskeeper.",
    "",
  ].join("\n");
}

function spelled({ long, short, takes }: Spelling): string {
  const word = takes === "word" ? " VALUE" : takes === "maybe" ? " [VALUE]" : "";
  return `${short === undefined ? "    " : `-${short}, `}--${long}${word}`;
}
