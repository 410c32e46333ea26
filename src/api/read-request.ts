import type { IncomingMessage } from "node:http";
import type { TSchema } from "typebox";
import Value from "typebox/value";

export const MOST_BODY_BYTES = 64 * 1024;
/** Wrong members that a refusal names. */
const MOST_NAMED = 3;

export type Given<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refused };
export type Refused = { readonly httpStatus: 400 | 413; readonly code: string; readonly message: string };

const refuse = (httpStatus: 400 | 413, message: string): { readonly ok: false; readonly refusal: Refused } => ({
  ok: false,
  refusal: { httpStatus, code: httpStatus === 413 ? "control/too-long" : "control/bad-request", message },
});

/** The body of a request, as far as it is one that may be read at all; never more than MOST_BODY_BYTES of it are kept. */
export function bodyOf(request: IncomingMessage): Promise<Given<Buffer>> {
  const tooLong = refuse(413, `a body has ${MOST_BODY_BYTES} bytes at most`);
  if (Number(request.headers["content-length"] ?? 0) > MOST_BODY_BYTES) return Promise.resolve(tooLong);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MOST_BODY_BYTES) chunks.push(chunk);
      else {
        chunks.length = 0;
        request.pause();
        resolve(tooLong);
      }
    });
    request.on("end", () => resolve({ ok: true, value: Buffer.concat(chunks) }));
    request.on("error", () => resolve(refuse(400, "the request broke off")));
  });
}

/** A body as JSON that the schema takes; one without a schema is not looked at. */
export function readBody(body: Buffer, schema: TSchema | undefined): Given<unknown> {
  if (!schema) return { ok: true, value: undefined };
  if (body.length === 0) return refuse(400, "a body is missing: JSON, with content-type application/json");
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    return refuse(400, "the body is not UTF-8");
  }
  try {
    return checked(JSON.parse(text) as unknown, schema, "the body");
  } catch (error) {
    return refuse(400, `the body is not JSON: ${(error as SyntaxError).message}`);
  }
}

/** The query of a URL as an object that the schema takes. A name that comes twice is refused. */
export function readQuery(
  query: URLSearchParams,
  schema: TSchema | undefined,
): Given<Readonly<Record<string, string>>> {
  const values: Record<string, string> = Object.create(null) as Record<string, string>;
  if (!schema) return { ok: true, value: values };
  for (const [name, value] of query) {
    if (name in values) return refuse(400, `the query has ${JSON.stringify(name.slice(0, 40))} twice`);
    values[name] = value;
  }
  const given = checked({ ...values }, schema, "the query");
  return given.ok ? { ok: true, value: values } : given;
}

function checked(value: unknown, schema: TSchema, what: string): Given<unknown> {
  if (Value.Check(schema, value)) return { ok: true, value };
  const wrong = Value.Errors(closest(schema, value), value)
    .slice(0, MOST_NAMED)
    .map(({ instancePath, message }) => `${instancePath === "" ? what : instancePath.slice(0, 60)} ${message}`);
  return refuse(400, `${what} is not what is asked for here: ${wrong.join("; ")}`);
}

/** Of several commands the one that is meant: what is wrong with all the others is of no interest. */
function closest(schema: TSchema, value: unknown): TSchema {
  const { anyOf } = schema as { readonly anyOf?: readonly TSchema[] };
  if (!anyOf || typeof value !== "object" || value === null || !("do" in value)) return schema;
  const meant = anyOf.find((one) => {
    const { properties } = one as { readonly properties?: Readonly<Record<string, TSchema>> };
    return properties?.do !== undefined && Value.Check(properties.do, value.do);
  });
  return meant ?? schema;
}
