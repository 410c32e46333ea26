import { quote, relatedAt } from "../config/diagnostic.ts";
import { blockPlace, isGiven, placeOf } from "../config/place.ts";
import type { BlockOf } from "../config/row.ts";
import { type authHmac, HMAC_KEY_BYTES, type HmacKeyLine } from "../vrrp/auth-options.ts";
import type { HmacPlan, VrrpInstancePlan } from "../vrrp/model.ts";
import type { VrrpInstance } from "../vrrp/options.ts";
import { readKeyFile } from "./key-file.ts";
import type { PlanContext } from "./plan-context.ts";

type Speaker = { readonly version: 2 | 3; readonly strict: boolean; readonly priority: number };

/** How many bytes of a password an advert carries. RFC 2338 §5.3.6.1 */
const PASSWORD_BYTES = 8;

/** The password of version 2, or the key of its authentication header. */
export function planPassword(
  block: VrrpInstance,
  { version, strict, priority }: Speaker,
  { problems }: PlanContext,
): Pick<VrrpInstancePlan, "authPass" | "ahKey"> {
  const [authentication] = block.authentication;
  if (!authentication) return {};
  const { auth_type: type, auth_pass: password } = authentication;
  const cut = password && cutBytes(password, PASSWORD_BYTES);
  if (cut !== password)
    problems.warning(
      "vrrp/password-cut",
      `only the first ${PASSWORD_BYTES} bytes of the password count`,
      placeOf(authentication, "auth_pass"),
      { hint: `every router of the group has to use the same ${PASSWORD_BYTES}` },
    );
  if (version === 3 || strict) {
    const why = version === 3 ? "version 3 has none" : "strict mode allows none";
    problems.warning("vrrp/no-authentication", `the password is not used: ${why}`, blockPlace(authentication), {
      hint: "remove `authentication`",
    });
    return {};
  }
  if (cut === undefined || type === undefined) {
    const missing = type === undefined ? "auth_type" : "auth_pass";
    // Where it is given, what is wrong with it has been said.
    if (!isGiven(authentication, missing))
      problems.warning(
        "vrrp/no-authentication",
        `no password is used: \`${missing}\` is not given`,
        blockPlace(authentication),
        { hint: type === undefined ? "add `auth_type PASS`" : "add `auth_pass`, or remove `authentication`" },
      );
    return {};
  }
  if (type === "PASS") return { authPass: cut };
  if (block.state === "MASTER" && priority < 255)
    problems.warning("vrrp/ah-master", "with `auth_type AH` the state is BACKUP at first", placeOf(block, "state"), {
      hint: "write `state BACKUP`",
    });
  return { ahKey: cut };
}

function cutBytes(text: string, bytes: number): string {
  let cut = "";
  for (const c of text) {
    if (Buffer.byteLength(cut + c) > bytes) break;
    cut += c;
  }
  return cut;
}

/** Bounds of the time window where none is given. */
const WINDOW_MS = { least: 5000, most: 300_000 } as const;

/** The HMAC trailer; undefined where it is not asked for, or cannot be made. */
export function planHmac(
  block: VrrpInstance,
  { intervalMs, strict }: { readonly intervalMs: number; readonly strict: boolean },
  context: PlanContext,
): HmacPlan | undefined {
  const [hmac] = block.auth_hmac;
  if (!hmac) return undefined;
  const [authentication] = block.authentication;
  if (authentication)
    context.problems.error("vrrp/two-authentications", "`auth_hmac` excludes `authentication`", blockPlace(hmac), {
      hint: "remove one of both",
      related: [relatedAt("the other", blockPlace(authentication))],
    });
  const keys = planKeys(hmac, context);
  const { active_key: activeKey } = hmac;
  if (!keys || activeKey === undefined) {
    reportMissing(hmac, "key", context);
    reportMissing(hmac, "active_key", context);
    return undefined;
  }
  if (!keys.some(({ id }) => id === activeKey)) {
    if (hmac.key.every(({ id }) => id !== activeKey))
      context.problems.error("vrrp/hmac-key", `there is no key ${activeKey}`, placeOf(hmac, "active_key"), {
        hint: `add \`key ${activeKey} hex:…\`, or name another`,
      });
    return undefined;
  }
  if (strict && hmac.mode !== "enforce")
    context.problems.warning(
      "vrrp/strict",
      "in strict mode advertisements without trailer are dropped",
      placeOf(hmac, "mode"),
      { hint: "remove `mode`, or add `strict_mode off` to the instance" },
    );
  return {
    keys,
    activeKey,
    timeWindowMs: hmac.time_window ?? Math.min(WINDOW_MS.most, Math.max(3 * intervalMs, WINDOW_MS.least)),
    antiReplay: hmac.anti_replay,
    mode: strict ? "enforce" : hmac.mode,
  };
}

type Hmac = BlockOf<typeof authHmac>;

function reportMissing(hmac: Hmac, keyword: "key" | "active_key", { problems }: PlanContext): void {
  if (isGiven(hmac, keyword)) return;
  problems.error("conf/missing-keyword", `\`auth_hmac\` has no \`${keyword}\``, blockPlace(hmac), {
    hint: keyword === "key" ? "add `key 1 hex:…`, with what `openssl rand -hex 32` prints" : "add `active_key 1`",
  });
}

/** Undefined when there is none that can be used. */
function planKeys(hmac: Hmac, context: PlanContext): HmacPlan["keys"] | undefined {
  const keys = new Map<number, string>();
  for (const line of hmac.key) {
    const keyHex = keyOf(line, context);
    if (keys.has(line.id))
      context.problems.error("conf/duplicate", `there is another key ${line.id}`, line.at, {
        hint: "give each key a number of its own",
      });
    else if (keyHex !== undefined) keys.set(line.id, keyHex);
  }
  return keys.size === 0 ? undefined : [...keys].map(([id, keyHex]) => ({ id, keyHex }));
}

function keyOf(line: HmacKeyLine, { problems, observed }: PlanContext): string | undefined {
  if ("keyHex" in line) return line.keyHex;
  const { file } = line;
  const read = observed.see(`key ${file}`, () => readKeyFile(file, HMAC_KEY_BYTES));
  if (read.ok) return read.value.toString("hex");
  problems.error("vrrp/key-file", `the key file ${quote(line.file)} ${read.error.message}`, line.at, {
    hint: read.error.hint,
  });
  return undefined;
}
