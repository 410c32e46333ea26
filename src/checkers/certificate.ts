import type { Verdict } from "./model.ts";

const DAY_MS = 86_400_000;
/** From so many days before its end on, a certificate is warned of. */
const NOTICE_DAYS = 30;

export type Expiry = { readonly remark: string; readonly soon: boolean; readonly endMs: number };

/** What is to be said of a certificate that ends at `validTo`, as node:tls has it. */
function expiryOf(validTo: string, nowWallMs: number): Expiry | undefined {
  const endMs = Date.parse(validTo);
  if (Number.isNaN(endMs)) return undefined;
  const days = Math.floor((endMs - nowWallMs) / DAY_MS);
  const on = `on ${new Date(endMs).toISOString().slice(0, 10)}`;
  const soon = days < NOTICE_DAYS;
  if (days < 0) return { remark: `the certificate has expired ${on}`, soon, endMs };
  return { remark: `the certificate expires ${on}, in ${days} ${days === 1 ? "day" : "days"}`, soon, endMs };
}

/** A verdict with what is to be said of the server's certificate: in `status` always, as a warning when it ends soon. */
export function withExpiry(verdict: Verdict, validTo: string | undefined, nowWallMs: number): Verdict {
  const expiry = validTo === undefined ? undefined : expiryOf(validTo, nowWallMs);
  if (verdict.up !== true || !expiry) return verdict;
  const { remark, soon, endMs } = expiry;
  return { ...verdict, detail: `up; ${remark}`, certificateExpiresWallMs: endMs, ...(soon && { warning: remark }) };
}
