import { defineConfig } from "vitest/config";

/** unit: no IO. loop: loopback sockets and files. lab: real kernels and peers in a guest or in network namespaces (root). */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/unit/**/*.test.ts", "test/corpus/**/*.test.ts", "test/architecture.test.ts"],
        },
      },
      { test: { name: "loop", include: ["test/loop/**/*.test.ts"], testTimeout: 20_000 } },
      {
        test: {
          name: "lab",
          include: ["test/lab/**/*.lab.test.ts"],
          setupFiles: ["test/lab/lib/setup.ts"],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          maxWorkers: 2,
        },
      },
    ],
  },
});
