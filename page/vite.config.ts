/**
 * How the page is built: plain files that need nothing from elsewhere, under names that carry their content's digest.
 * Always: nothing inline (the server's content security policy forbids it); addresses are relative, so a proxy may serve it under a path.
 */
import { defineConfig } from "vite";

export default defineConfig({
  base: "./",
  logLevel: "warn",
  build: { target: "es2023", assetsInlineLimit: 0, modulePreload: { polyfill: false }, reportCompressedSize: false, emptyOutDir: true },
});
