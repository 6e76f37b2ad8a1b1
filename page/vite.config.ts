import { defineConfig } from "vitest/config";

// Into the Python package: one page, one script, one style sheet and the font, under names that
// tovec/server/app.py and export.py know.
export default defineConfig({
  base: "./",
  publicDir: false,
  build: {
    outDir: "../tovec/server/static/page",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: false,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 2000,
    rolldownOptions: {
      output: {
        entryFileNames: "page.js",
        assetFileNames: (asset) => (asset.names[0]?.endsWith(".css") ? "page.css" : "[name][extname]"),
        codeSplitting: false,
      },
    },
  },
  // In one process a worker, since most files take a moment and a process each takes a hundred times that.
  test: { include: ["tests/**/*.test.ts"], pool: "threads", isolate: false, unstubGlobals: true },
});
