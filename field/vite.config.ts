import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import vue from "@vitejs/plugin-vue";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";
import about from "./package.json" with { type: "json" };

const LIST = "self.__PRECACHED";

function entry(url: string, content: string | Uint8Array): { url: string; revision: string } {
  return { url, revision: createHash("sha256").update(content).digest("hex").slice(0, 16) };
}

/** Writes into the service worker which files it keeps: all that were built, so that nothing is fetched at the door. */
function precached(): Plugin {
  return {
    name: "precached",
    enforce: "post",
    generateBundle(_options, bundle) {
      const worker = bundle["sw.js"];
      if (worker?.type !== "chunk") throw new Error("no service worker was built");
      const built = Object.values(bundle).filter((file) => file !== worker);
      const kept = [
        ...built.map((file) => entry(file.fileName, file.type === "chunk" ? file.code : file.source)),
        ...readdirSync("public").map((name) => entry(name, readFileSync(`public/${name}`))),
      ];
      worker.code = worker.code.replace(LIST, JSON.stringify(kept));
    },
  };
}

export default defineConfig({
  base: "/gate/",
  define: { __VERSION__: JSON.stringify(about.version) },
  plugins: [vue(), precached()],
  worker: { format: "iife" },
  build: {
    target: "es2020",
    outDir: "../src/outpost/desks/app",
    emptyOutDir: true,
    assetsInlineLimit: 0, // the content policy of the house allows no data: addresses for scripts and fonts
    modulePreload: { polyfill: false },
    rolldownOptions: {
      checks: { pluginTimings: false },
      input: { index: "index.html", sw: "src/sw.ts" },
      output: { entryFileNames: (chunk) => (chunk.name === "sw" ? "sw.js" : "assets/[name]-[hash].js") },
    },
  },
  test: { setupFiles: ["tests/environment.ts"], include: ["tests/**/*.test.ts"] },
});
