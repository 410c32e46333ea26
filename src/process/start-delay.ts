import type { VrrpSettingsPlan } from "./plan-global-model.ts";

/** How long instances wait before they start, in ms: what is left of `vrrp_startup_delay` at the start, or of
 *  `vrrp_delay_after_boot` of a machine that has run for `uptimeMs`, whichever is longer. */
export const startDelayMs = (settings: VrrpSettingsPlan | undefined, uptimeMs: number): number =>
  Math.max(0, settings?.startupDelayMs ?? 0, (settings?.delayAfterBootMs ?? 0) - uptimeMs);
