import { defineConfig } from "vite";

// The page for a notebook, under names that tovec/server/page_files.py knows: a loader that the notebook keeps, and the
// rest, which the loader asks the kernel for. Each is one file that imports nothing; the mode is its name.
export default defineConfig(({ mode }) => ({
  publicDir: false,
  build: {
    outDir: "../tovec/server/static/widget",
    emptyOutDir: mode === "loader",
    target: "es2022",
    cssCodeSplit: false,
    modulePreload: false,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 2000,
    rolldownOptions: {
      input: `src/${mode}.ts`,
      preserveEntrySignatures: "strict",
      output: { entryFileNames: `${mode}.js`, assetFileNames: `${mode}[extname]`, codeSplitting: false },
    },
  },
}));
