import { defineConfig } from "vite";

// everything is bundled: the page loads nothing from other sites
export default defineConfig({
  base: "/graphiql/",
  logLevel: "error",
  html: { cspNonce: "__CSP_NONCE__" },
  worker: { format: "es" },
  build: {
    target: "es2022",
    sourcemap: false,
    chunkSizeWarningLimit: 8192,
    reportCompressedSize: false,
  },
});
