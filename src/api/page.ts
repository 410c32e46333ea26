import { PAGE_SCRIPT } from "./page-script.ts";
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
<section id="vrrp" aria-labelledby="h-vrrp" hidden>
<h2 id="h-vrrp">VRRP instances</h2><p class="absent"></p>
<div id="instances" class="wide" role="group" aria-labelledby="h-vrrp" tabindex="0"></div>
</section>
<section id="tracked" aria-labelledby="h-trackers" hidden>
<h2 id="h-trackers">Trackers</h2>
<div id="trackers" class="wide" role="group" aria-labelledby="h-trackers" tabindex="0"></div>
</section>
<section id="checker" aria-labelledby="h-checker" hidden>
<h2 id="h-checker">Virtual servers</h2><p class="absent"></p>
<div class="tools">
<label>Filter <input id="filter" type="search" aria-keyshortcuts="/" autocomplete="off"></label>
<label><input id="down" type="checkbox"> only what is down</label>
</div>
<div id="services"></div>
</section>
<section id="bfd" aria-labelledby="h-bfd" hidden>
<h2 id="h-bfd">BFD sessions</h2><p class="absent"></p>
<div id="sessions" class="wide" role="group" aria-labelledby="h-bfd" tabindex="0"></div>
</section>
<section aria-labelledby="h-processes">
<h2 id="h-processes">Processes</h2>
<div id="processes" class="wide" role="group" aria-labelledby="h-processes" tabindex="0"></div>
</section>
<section id="reloaded" aria-labelledby="h-reloads" hidden>
<h2 id="h-reloads">Reloads</h2>
<div id="reloads" class="wide" role="group" aria-labelledby="h-reloads" tabindex="0"></div>
</section>
<section id="warning" aria-labelledby="h-warning" hidden>
<h2 id="h-warning">Warnings of the configuration</h2>
<ul id="warnings"></ul>
</section>
<section id="happened" aria-labelledby="h-happened" hidden>
<h2 id="h-happened">What happened</h2>
<ol id="events"></ol>
</section>
</main>
<footer><a href="/status">Status</a> · <a href="/events">Events</a> · <a href="/metrics">Metrics</a> · <a href="/openapi.json">All addresses</a></footer>
</body>
</html>
`;

/** Path → file. */
export const pageFiles: ReadonlyMap<string, PageFile> = new Map([
  ["/", { contentType: "text/html; charset=utf-8", body: INDEX }],
  ["/page.js", { contentType: "text/javascript; charset=utf-8", body: PAGE_SCRIPT }],
  ["/page.css", { contentType: "text/css; charset=utf-8", body: PAGE_STYLE }],
]);
