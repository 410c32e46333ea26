import type { Command } from "commander";

/** The commands below one that are for people: neither hidden nor commander's own `help`. */
export const visibleCommands = (command: Command): Command[] =>
  command
    .createHelp()
    .visibleCommands(command)
    .filter((one) => one.name() !== "help");
