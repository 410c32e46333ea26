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
<meta charset="utf-8">
<title>lvskeeper</title>
<h1>lvskeeper</h1>
<ul>
<li><a href="/status">Status</a>
<li><a href="/events">Events</a>
<li><a href="/metrics">Metrics</a>
<li><a href="/openapi.json">All addresses</a>
</ul>
</html>
`;

/** Path → file. */
export const pageFiles: ReadonlyMap<string, PageFile> = new Map([
  ["/", { contentType: "text/html; charset=utf-8", body: INDEX }],
]);
