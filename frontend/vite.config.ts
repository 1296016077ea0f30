import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const SCRIPT_BUDGET = 100_000;

/** What /api/docs refers to: Swagger UI's own files, and the few lines that start it. */
function apiDocs(): Plugin {
  const files = {
    "docs/swagger-ui.css": "node_modules/swagger-ui-dist/swagger-ui.css",
    "docs/swagger-ui-bundle.js": "node_modules/swagger-ui-dist/swagger-ui-bundle.js",
    "docs/init.js": "docs/init.js",
  };
  return {
    name: "api-docs",
    apply: "build",
    generateBundle() {
      for (const [fileName, source] of Object.entries(files)) {
        this.emitFile({ type: "asset", fileName, source: readFileSync(source) });
      }
    },
  };
}

/** Fails the build once the page's script, gzipped and all chunks together, outgrows its budget. */
function scriptBudget(): Plugin {
  return {
    name: "script-budget",
    apply: "build",
    generateBundle(_options, bundle) {
      const sizes = Object.values(bundle).map((part) =>
        part.type === "chunk" ? gzipSync(part.code).length : 0,
      );
      const total = sizes.reduce((sum, size) => sum + size, 0);
      if (total > SCRIPT_BUDGET)
        this.error(`the script is ${total} bytes gzipped; its budget is ${SCRIPT_BUDGET}`);
      this.info(`script: ${total} of ${SCRIPT_BUDGET} bytes gzipped`);
    },
  };
}

export default defineConfig({
  plugins: [apiDocs(), scriptBudget()],
  // data: addresses of inlined assets would need holes in the page's CSP.
  build: { target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: { proxy: { "/api": process.env.VMC_API ?? "http://localhost:8080" } },
  test: { include: ["tests/**/*.test.ts"] },
});
