/** Settings of the kernel's IPVS by name: `timeout tcp`, `timeout tcpfin`, `timeout udp` (seconds, as ipvsadm --set), and
 *  the files of /proc/sys/net/ipv4/vs by theirs. Values as the kernel writes them, with single blanks. */
export type Settings = Readonly<Record<string, string>>;

/** A setting that we hold: what it was before us, and what we made of it. */
export type HeldSettings = Readonly<Record<string, { readonly before: string; readonly ours: string }>>;

export type SettingsStep = {
  readonly write: Settings;
  readonly held: HeldSettings;
  /** Wanted ones that this kernel does not have. */
  readonly missing: readonly string[];
};

/** What to write so that `wanted` holds, and so that what is no longer wanted is as it was before us, unless somebody else
 *  has changed it since. `actual` has the wanted and the held ones, as far as the kernel knows them. */
export function stepSettings(wanted: Settings, held: HeldSettings, actual: Settings): SettingsStep {
  const write: Record<string, string> = {};
  const next: Record<string, { before: string; ours: string }> = {};
  const missing: string[] = [];
  for (const [name, ours] of Object.entries(wanted)) {
    const now = actual[name];
    if (now === undefined) {
      missing.push(name);
      continue;
    }
    next[name] = { before: held[name]?.before ?? now, ours };
    if (now !== ours) write[name] = ours;
  }
  for (const [name, { before, ours }] of Object.entries(held))
    if (wanted[name] === undefined && actual[name] === ours && before !== ours) write[name] = before;
  return { write, held: next, missing };
}

type Timeouts = { readonly tcpMs?: number; readonly tcpFinMs?: number; readonly udpMs?: number };

/** The settings that a plan asks for. */
export function wantedSettings(plan: { readonly timeouts?: Timeouts; readonly sysctl?: Settings }): Settings {
  const { tcpMs, tcpFinMs, udpMs } = plan.timeouts ?? {};
  return {
    ...(tcpMs !== undefined && { "timeout tcp": String(tcpMs / 1000) }),
    ...(tcpFinMs !== undefined && { "timeout tcpfin": String(tcpFinMs / 1000) }),
    ...(udpMs !== undefined && { "timeout udp": String(udpMs / 1000) }),
    ...plan.sysctl,
  };
}
