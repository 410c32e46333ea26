import { metricsDocs } from "./metrics/docs.ts";
import { openapi, plain } from "./openapi.ts";
import { statusSchema } from "./status-schema.ts";

/** What is generated from the rows of this room, by the file of the project that holds it. */
export const apiPages = (version: string): Readonly<Record<string, string>> => ({
  "docs/openapi.json": `${JSON.stringify(openapi(version), null, 2)}\n`,
  "docs/schema/status.schema.json": `${JSON.stringify(
    {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      title: "What `lvskeeper status --json` and GET /status answer",
      ...plain(statusSchema),
    },
    null,
    2,
  )}\n`,
  "docs/metrics.md": metricsDocs(),
});
