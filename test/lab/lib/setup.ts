import { beforeEach, onTestFailed } from "vitest";
import { failureReport } from "./base.ts";

// A red lab test says what its daemons said.
beforeEach(() => {
  onTestFailed(async () => console.error(await failureReport()));
});
