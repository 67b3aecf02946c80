import { defineConfig } from 'vite';

/** One module with all that it needs: a viewer that is built already can load it. */
export default defineConfig({
  define: { 'process.env.NODE_ENV': '"production"' },
  build: {
    lib: { entry: 'src/index.ts', formats: ['es'], fileName: () => 'semblance-ohif.js' },
    outDir: '../../dist/ohif',
    emptyOutDir: true,
  },
});
