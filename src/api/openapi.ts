import type { TSchema } from "typebox";
import { type Route, routes } from "./routes.ts";
import { refusal } from "./schemas.ts";

/** Answers that any address may have, from the limits around all of them. */
const COMMON_ANSWERS: Readonly<Record<number, string>> = {
  400: "The request is none: no JSON, no UTF-8, a wrong member.",
  403: "Only the control socket serves this.",
  413: "The body is longer than 64 KiB.",
  503: "Too many ask at once; ask again.",
  504: "The director did not answer in time.",
};

/** The API as an OpenAPI 3.1 document, made of the rows that requests are checked by. */
export function openapi(version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    paths[route.path] ??= {};
    (paths[route.path] as Record<string, object>)[route.method.toLowerCase()] = operation(route);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "lvskeeper control API",
      version,
      summary: "HTTP and JSON over the control socket, and what of it http_listen serves",
      description:
        "The control socket (/run/lvskeeper/control.sock, mode 0600) serves all of this, http_listen only what is marked `x-doors: public`. Every refusal is a JSON object with `code` and `message`.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "http://localhost", description: "curl --unix-socket /run/lvskeeper/control.sock" }],
    paths,
  };
}

function operation(route: Route): object {
  return {
    operationId: route.id,
    summary: route.summary,
    ...(route.description !== undefined && { description: route.description }),
    "x-doors": route.doors,
    ...(route.method === "GET" && route.query && { parameters: parametersOf(route.query) }),
    ...(route.method === "POST" &&
      route.body && {
        requestBody: { required: true, content: { "application/json": { schema: plain(route.body) } } },
      }),
    responses: responsesOf(route),
  };
}

function parametersOf(query: TSchema): readonly object[] {
  const { properties = {}, required = [] } = plain(query) as {
    readonly properties?: Readonly<Record<string, { readonly description?: string }>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: "query",
    required: required.includes(name),
    ...(description !== undefined && { description }),
    schema,
  }));
}

function responsesOf(route: Route): object {
  const responses: Record<string, object> = {};
  for (const [status, { description, schema, contentType }] of Object.entries(route.answers)) {
    const content = schema
      ? { "application/json": { schema: plain(schema) } }
      : { [contentType ?? "text/plain"]: { schema: { type: "string" } } };
    responses[status] = {
      description,
      content:
        route.path === "/events" && status === "200"
          ? { ...content, "text/event-stream": { schema: { type: "string" } } }
          : content,
    };
  }
  for (const [status, description] of Object.entries(COMMON_ANSWERS))
    responses[status] ??= { description, content: { "application/json": { schema: plain(refusal) } } };
  return responses;
}

/** Only what JSON Schema knows: the library's own marks are no members of it. */
export const plain = (schema: TSchema): object => JSON.parse(JSON.stringify(schema)) as object;
