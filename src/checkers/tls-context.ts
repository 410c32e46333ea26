import { readFileSync, statSync } from "node:fs";
import tls from "node:tls";
import { messageOf } from "../core/errors.ts";
import type { TlsPlan } from "./model.ts";

type Held = { readonly stamp: string; readonly context: tls.SecureContext };

/** The contexts of the plans that were asked for, and what their files were like: making one costs as much as a handshake,
 *  and a certificate that was renewed counts from the next check on. The first that came is the first to go. */
const held = new Map<string, Held>();
const MOST_HELD = 64;

/** What the SSL block says, for a connection. Throws { code: "LOCAL" } when its files cannot be used. */
export function secureContextOf(plan: TlsPlan = {}): tls.SecureContext {
  try {
    const key = JSON.stringify(plan);
    const stamp = [plan.certificate, plan.key, plan.verify && plan.ca].map(stampOf).join();
    const known = held.get(key);
    if (known?.stamp === stamp) return known.context;
    const context = contextOf(plan);
    held.delete(key);
    held.set(key, { stamp, context });
    for (const oldest of held.keys()) if (held.size > MOST_HELD) held.delete(oldest);
    return context;
  } catch (cause) {
    throw Object.assign(new Error(`SSL: ${messageOf(cause)}`), { code: "LOCAL" });
  }
}

function stampOf(file: string | false | undefined): string {
  if (!file) return "";
  const { ino, size, mtimeMs } = statSync(file);
  return `${ino}/${size}/${mtimeMs}`;
}

function contextOf({ ca, certificate, key, password, verify }: TlsPlan): tls.SecureContext {
  const cert = certificate === undefined ? undefined : readFileSync(certificate);
  // A file may hold the certificate and its key, one behind the other.
  const ownKey = key === undefined ? cert : readFileSync(key);
  return tls.createSecureContext({
    ...(cert && { cert }),
    ...(ownKey?.includes("PRIVATE KEY-----") && { key: ownKey }),
    ...(password !== undefined && { passphrase: password }),
    ...(verify && ca !== undefined && { ca: authoritiesOf(ca) }),
  });
}

/** Node takes a file without certificates for a list of none, which nobody would be trusted by. */
function authoritiesOf(file: string): Buffer {
  const text = readFileSync(file);
  if (!text.includes("-----BEGIN ")) throw new Error(`${file} holds no certificate in PEM`);
  return text;
}
