import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { descriptions } from './plugins/descriptions.ts';
import { documents } from './plugins/documents.ts';
import { embeddedEncoder } from './plugins/embedded-encoder.ts';
import { notices } from './plugins/notices.ts';
import { samplePictures } from './plugins/sample-pictures.ts';

const fromHere = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** `vite build playground` writes playground/dist: the page at `/`, GraphiQL at `/graphiql/`, nothing from other hosts. */
export default defineConfig({
  root: fromHere('.'),
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
  plugins: [
    samplePictures({
      folder: fromHere('../models/sample'),
      opening: fromHere('../models/tiny-clip/opening.json'),
    }),
    embeddedEncoder({ folder: fromHere('../models/tiny-clip') }),
    descriptions([fromHere('../schema.graphql'), fromHere('../openapi.json')]),
    notices(fromHere('../THIRD-PARTY-NOTICES.txt')),
    documents({
      folder: fromHere('../docs'),
      styles: [fromHere('src/styles/tokens.css'), fromHere('src/styles/document.css')],
    }),
  ],
  build: {
    outDir: fromHere('dist'),
    emptyOutDir: true,
    target: 'es2022',
    // Every browser of the target preloads modules itself, and an inline polyfill would need a looser CSP.
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: { page: fromHere('index.html'), graphiql: fromHere('graphiql/index.html') },
      // "use client" in GraphiQL's packages speaks to servers that render React; there is none here.
      onwarn(warning, warn) {
        if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') warn(warning);
      },
    },
    // GraphiQL with React is 1 MB; only /graphiql/ loads it.
    chunkSizeWarningLimit: 1200,
  },
});
