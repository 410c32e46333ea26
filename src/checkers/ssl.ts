import { wallMs } from "../core/clock.ts";
import { withExpiry } from "./certificate.ts";
import type { Checker, ProbeOf } from "./checker.ts";
import { checkUrl } from "./http.ts";
import { connectTls } from "./tls-connect.ts";

/** SSL_GET: HTTP_GET over TLS. As in keepalived the certificate is not verified, unless the SSL block says so, and a
 *  server name is sent only where enable_sni gives one. The handshake has its own connect_timeout. */
export const sslCheck: Checker<ProbeOf<"SSL_GET">> = async (probe, turn, signal) => {
  const url = probe.urls[turn.url % probe.urls.length];
  const { sniName, virtualhost, tls, tlsCompliant = false, httpProtocol } = probe;
  const isHttp2 = httpProtocol === "2";
  let validTo: string | undefined;
  const connect = connectTls({
    sniName,
    name: sniName ?? url?.virtualhost ?? virtualhost,
    plan: tls,
    alpn: isHttp2 ? "h2" : undefined,
    // A connection of HTTP/2 stays open behind an answer: it is ended from here.
    demandEnd: !isHttp2 && (url?.tlsCompliant ?? tlsCompliant),
    onCertificate: (until) => {
      validTo = until;
    },
  });
  return withExpiry(await checkUrl(probe, turn.url, connect, signal), validTo, wallMs());
};
