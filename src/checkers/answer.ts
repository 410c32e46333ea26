import { endpointText } from "../core/ip.ts";
import { down, upVerdict } from "./checker.ts";
import type { Endpoint, HttpUrl, StatusRange, Verdict } from "./model.ts";

/** Without a status_code a url asks for any success. */
const anySuccess: readonly StatusRange[] = [{ from: 200, to: 299 }];

/** As keepalived's, by which logs of web servers leave its requests out. */
export const userAgent = "KeepAliveClient";

const rangeText = ({ from, to }: StatusRange): string => (from === to ? String(from) : `${from}-${to}`);

/** Whether the status of an answer is one the url accepts. */
export function judgeStatus(url: HttpUrl, status: number): Verdict {
  const ranges = url.statusCodes.length > 0 ? url.statusCodes : anySuccess;
  if (ranges.some(({ from, to }) => status >= from && status <= to)) return upVerdict;
  return down("status", `${url.path} answered with status ${status}, not ${ranges.map(rangeText).join(" or ")}`);
}

/** Whether the MD5 of a whole body, as lower-case hex, is the url's digest. */
export const judgeDigest = (url: HttpUrl, digest: string): Verdict =>
  url.digest === undefined || url.digest === digest
    ? upVerdict
    : down("digest", `${url.path} has the digest ${digest}, not ${url.digest}`);

/** The Host of a request: the virtualhost of the url, else of the checker, else address and port, as keepalived. */
export const hostHeader = (url: HttpUrl, virtualhost: string | undefined, at: Endpoint): string =>
  url.virtualhost ?? virtualhost ?? endpointText(at.host, at.port);

/** A path as it can stand in a request line: blanks, controls and all beyond ASCII as percent-encoded UTF-8. */
export const requestPath = (path: string): string =>
  path.replaceAll(/[^\u0021-\u007e]+/g, (part) => encodeURIComponent(part));
