import { Validator } from "@seriousme/openapi-schema-validator";
import { expect, test } from "vitest";
import { openapi } from "../../../src/api/openapi.ts";
import { routes } from "../../../src/api/routes.ts";
import { VERSION } from "../../../src/process/version.ts";

test("the description is OpenAPI 3.1", async () => {
  const result = await new Validator().validate(openapi(VERSION) as Record<string, unknown>);
  expect(result.errors).toBeUndefined();
  expect(result.valid).toBe(true);
});

test("every address is described, with what it takes and answers", () => {
  const { paths } = openapi(VERSION) as { paths: Record<string, Record<string, Record<string, object>>> };
  for (const { method, path, answers } of routes) {
    const operation = paths[path]?.[method.toLowerCase()];
    expect(Object.keys(operation?.responses ?? {})).toEqual(expect.arrayContaining(Object.keys(answers)));
  }
  expect(paths["/rs"]?.post).toHaveProperty("requestBody.content.application/json.schema.anyOf.length", 3);
  expect(paths["/events"]?.get).toHaveProperty("parameters.0.name", "after");
});
