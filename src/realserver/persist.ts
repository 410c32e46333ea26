import { lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import path from "node:path";
import { DirectorError, messageOf } from "../core/errors.ts";
import { type Changes, settingNames, WANTED } from "./model.ts";
import { writeWhole } from "./record.ts";

const SETTINGS_FILE = "etc/sysctl.d/60-lvskeeper-realserver.conf";
const UNIT = "lvskeeper-realserver.service";
const UNIT_FILE = `etc/systemd/system/${UNIT}`;
/** What `systemctl enable` makes, which would need a running systemd or not, and needs none itself. */
const ENABLED_FILE = `etc/systemd/system/multi-user.target.wants/${UNIT}`;

/** sysctl.d(5): from the first moment on, before an interface is up. After a start of the machine `up` finds what is written
 *  here, so what was before it stands here too. */
export const settingsText = (before: Changes["settings"]): string =>
  [
    "# Real server of LVS-DR: ARP for the VIPs is the director's. Written by `lvskeeper realserver up --persist`.",
    ...settingNames.flatMap((name) => {
      const change = before[name];
      return [
        ...(change ? [`# ${name} was ${change.before}`] : []),
        `net.ipv4.conf.${name.replace("/", ".")} = ${WANTED[name]}`,
      ];
    }),
    "",
  ].join("\n");

const settingsBefore = (text: string): Changes["settings"] =>
  Object.fromEntries(
    settingNames.flatMap((name) => {
      const before = new RegExp(`^# ${name} was (\\d+)$`, "m").exec(text)?.[1];
      return before === undefined ? [] : [[name, { before: Number(before), set: WANTED[name] }]];
    }),
  );

/** What the settings had before `up --persist` first ran; nothing where it did not, or nobody may read it. */
export function keptSettings(root: string): Changes["settings"] {
  try {
    return settingsBefore(readFileSync(path.join(root, SETTINGS_FILE), "utf8"));
  } catch {
    return {};
  }
}

/** systemd.service(5). `program`: the words that start this program. */
export const unitText = (program: readonly string[], vips: readonly string[]): string => {
  const words = (verb: string): string => [...program.map(quoted), "realserver", verb, ...vips].join(" ");
  return `# Written by \`lvskeeper realserver up --persist\`.
[Unit]
Description=VIPs of LVS-DR on lo
After=systemd-sysctl.service
Before=network.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=${words("up")}
ExecStop=${words("down")}

[Install]
WantedBy=multi-user.target
`;
};

/** A word of ExecStart: blanks and quotes kept, % and $ not expanded. */
const quoted = (word: string): string =>
  /^[\w./:@+-]+$/.test(word)
    ? word
    : `"${word
        .replaceAll(/[\\"]/g, (c) => `\\${c}`)
        .replaceAll("%", "%%")
        .replaceAll("$", "$$$$")}"`;

/** The VIPs of a unit that was written earlier. */
export const vipsOfUnit = (text: string): string[] =>
  (/^ExecStart=.* realserver up (.*)$/m.exec(text)?.[1] ?? "").split(" ").filter((word) => word !== "");

/** The files below `root` for these VIPs; none are left for none. The names of those that were written, or removed.
 *  `changed`: by `up`, since the machine was started. Throws DirectorError. */
export function persist(
  root: string,
  program: readonly string[],
  changed: Changes["settings"],
  choose: (vips: string[]) => string[],
): string[] {
  const [settings, unit, enabled] = [SETTINGS_FILE, UNIT_FILE, ENABLED_FILE].map((file) => path.join(root, file)) as [
    string,
    string,
    string,
  ];
  try {
    const vips = choose(exists(unit) ? vipsOfUnit(readFileSync(unit, "utf8")) : []);
    if (vips.length === 0) {
      const gone = [enabled, unit, settings].filter(exists);
      for (const file of gone) rmSync(file, { force: true });
      return gone;
    }
    writeWhole(settings, settingsText({ ...changed, ...keptSettings(root) }), 0o644);
    writeWhole(unit, unitText(program, vips), 0o644);
    mkdirSync(path.dirname(enabled), { recursive: true });
    if (!exists(enabled)) symlinkSync(`../${UNIT}`, enabled);
    return [settings, unit, enabled];
  } catch (cause) {
    throw new DirectorError("realserver/persist", `cannot keep it over a restart: ${messageOf(cause)}`, {
      hint: "run as root, on a file system that can be written",
      cause,
    });
  }
}

function exists(file: string): boolean {
  try {
    lstatSync(file);
    return true;
  } catch {
    return false;
  }
}
