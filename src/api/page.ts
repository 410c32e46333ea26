import { readFileSync } from "node:fs";
import { PAGE_STYLE } from "./page-style.ts";

/** What http_listen and the control socket show at an address of their own: no script, style or image from elsewhere. */
export type PageFile = { readonly contentType: string; readonly body: string };

/** Nothing but what is served here: no inline script, nothing embedded, no form. */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** With a heading until the director's own is known. */
const section = (
  id: string,
  heading: string,
  inner: string,
): string => `<section id="s-${id}" aria-labelledby="h-${id}" hidden>
<h2 id="h-${id}">${heading}</h2>
${inner}
<ul id="r-${id}" hidden></ul>
</section>`;
const table = (id: string): string =>
  `<div id="${id}" class="wide" role="group" aria-labelledby="h-${id}" tabindex="0"></div>`;

const SECTIONS = [
  section("instances", "VRRP instances", table("instances")),
  section("trackers", "Trackers", table("trackers")),
  section(
    "services",
    "Virtual servers",
    `<div class="tools">
<label>Filter <input id="filter" type="search" aria-keyshortcuts="/" autocomplete="off"></label>
<label><input id="down" type="checkbox"> only what is down</label>
</div>
<div id="services"></div>`,
  ),
  section("sessions", "BFD sessions", table("sessions")),
  section("processes", "Processes", table("processes")),
  section("reloads", "Reloads", table("reloads")),
  section("warnings", "Warnings of the configuration", ""),
].join("\n");

const INDEX = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>lvskeeper</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/page.css">
<script src="/page.js" defer></script>
</head>
<body>
<a class="skip" href="#main">To the status</a>
<header>
<h1>lvskeeper</h1>
<p id="headline" role="status" aria-live="polite">Asking the director…</p>
<p id="about"></p>
<p id="connection" role="status" aria-live="polite"></p>
<noscript><p>This page needs JavaScript; <a href="/status">the same as JSON</a> does not.</p></noscript>
</header>
<main id="main">
${SECTIONS}
<section id="happened" aria-labelledby="h-happened" hidden>
<h2 id="h-happened">What happened</h2>
<ol id="events"></ol>
</section>
</main>
<footer><a href="/status">Status</a> · <a href="/events">Events</a> · <a href="/metrics">Metrics</a> · <a href="/openapi.json">All addresses</a></footer>
</body>
</html>
`;

/** Beside the program in dist/, where it is also for who runs from the sources. Read at the start: the api process may soon
 *  be one that reads nothing. */
const SCRIPT_FILE = new URL(import.meta.url.endsWith(".ts") ? "../../dist/page.js" : "./page.js", import.meta.url);

/** Path → file. */
export const pageFiles: ReadonlyMap<string, PageFile> = new Map([
  ["/", { contentType: "text/html; charset=utf-8", body: INDEX }],
  ["/page.js", { contentType: "text/javascript; charset=utf-8", body: readFileSync(SCRIPT_FILE, "utf8") }],
  ["/page.css", { contentType: "text/css; charset=utf-8", body: PAGE_STYLE }],
]);
