import { randomBytes } from 'node:crypto';
import { builtinModules } from 'node:module';
import path from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig, runnerImport, type EnvironmentOptions, type Plugin } from 'vite';
import { electronDev } from './scripts/electron-dev.mjs';

const resolvePath = (file: string) => path.resolve(import.meta.dirname, file);
const nodeBuiltins = ['electron', /^electron\//, /^node:/, ...builtinModules];

/**
 * One config with three environments: client (the window), main, preload. `vite build` builds all three into out/.
 * In mode `ui` the window runs alone in a browser (src-renderer/scenes.html): a fake bridge replaces main.
 */
export default defineConfig(({ mode, command }) => {
  const isUiMode = mode === 'ui';
  const nonce = randomBytes(16).toString('base64url');
  return {
    root: resolvePath('src-renderer'),
    cacheDir: resolvePath(`node_modules/.vite/${mode}`),
    plugins: [
      react(),
      ...(isUiMode ? [providerManifests()] : []),
      ...(command === 'serve' && !isUiMode ? [electronDev({ root: import.meta.dirname })] : []),
    ],
    server: {
      host: '127.0.0.1',
      port: isUiMode ? 5174 : 5173,
      ...(isUiMode && { open: '/scenes.html' }),
      headers: { 'Content-Security-Policy': devPolicy(nonce) },
    },
    // The development server adds inline styles and scripts to the page. The policy allows only those with the nonce.
    ...(command === 'serve' && { html: { cspNonce: nonce } }),
    build: {
      outDir: resolvePath(isUiMode ? 'out/ui' : 'out/renderer'),
      emptyOutDir: true,
      target: 'chrome130',
      sourcemap: true,
      assetsInlineLimit: 0, // inlined assets have data: URLs, which the content security policy forbids
      modulePreload: { polyfill: false },
      rolldownOptions: { input: resolvePath(isUiMode ? 'src-renderer/scenes.html' : 'src-renderer/index.html') },
    },
    ...(!isUiMode && { environments: { main, preload }, builder: {} }),
  };
});

const main: EnvironmentOptions = {
  consumer: 'server',
  resolve: { noExternal: true, conditions: ['node', 'import', 'module', 'default'] },
  // The key of Hoist's registration at Dropbox, which is not secret (src-main/providers/dropbox/app-key.ts).
  define: { __HOIST_DROPBOX_APP_KEY__: JSON.stringify(process.env.HOIST_DROPBOX_APP_KEY ?? '') },
  build: {
    outDir: resolvePath('out/main'),
    emptyOutDir: true,
    target: 'node20',
    minify: false,
    copyPublicDir: false,
    sourcemap: true,
    rolldownOptions: {
      input: { main: resolvePath('src-main/main.ts') },
      // @photostructure/sqlite looks for its native part beside its own files, so it cannot move into a bundle.
      external: [...nodeBuiltins, '@photostructure/sqlite'],
      platform: 'node',
      plugins: [assertLazySdks(/[\\/]node_modules[\\/](@aws-sdk|@smithy|@fal-ai|dropbox)[\\/]/)],
      output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
    },
  },
};

const preload: EnvironmentOptions = {
  consumer: 'server',
  resolve: { noExternal: true },
  build: {
    outDir: resolvePath('out/preload'),
    emptyOutDir: true,
    target: 'chrome130',
    minify: false,
    copyPublicDir: false,
    sourcemap: false,
    rolldownOptions: {
      // A sandboxed preload is one CommonJS file that may require only electron and a few builtins.
      input: { preload: resolvePath('src-main/preload/preload.ts') },
      external: nodeBuiltins,
      platform: 'node',
      output: { format: 'cjs', entryFileNames: '[name].cjs', codeSplitting: false },
    },
  },
};

/** The content security policy while developing: the product's policy and what hot reload needs. */
function devPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}'`,
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self' ws://127.0.0.1:*",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/**
 * Provides the module `virtual:providers`: the providers' manifests as data. The real window receives them from main;
 * scenes run without main, and the page may not import its code.
 */
function providerManifests(): Plugin {
  const name = 'virtual:providers';
  return {
    name: 'hoist:manifests',
    resolveId: (source) => (source === name ? `\0${name}` : undefined),
    async load(id) {
      if (id !== `\0${name}`) return undefined;
      const { module, dependencies } = await runnerImport<{ providers: readonly Record<string, unknown>[] }>(
        resolvePath('src-main/providers/registry.ts'),
      );
      for (const file of dependencies) this.addWatchFile(resolvePath(file));
      const data = module.providers.map(({ id: provider, name: title, help, fields, presets, capabilities }) => ({
        id: provider,
        name: title,
        help,
        fields,
        presets,
        capabilities,
      }));
      return `export const providers = ${JSON.stringify(data)};`;
    },
  };
}

/** Fails the build when a module that is loaded at start imports a provider's SDK: each SDK delays the start by 60 ms. */
function assertLazySdks(sdk: RegExp): Plugin {
  return {
    name: 'hoist:lazy-sdk',
    generateBundle(_options, bundle) {
      const seen = new Set<string>();
      const visit = (file: string): void => {
        const chunk = bundle[file];
        if (chunk?.type !== 'chunk' || seen.has(file)) return;
        seen.add(file);
        const eager = chunk.moduleIds.find((id) => sdk.test(id));
        if (eager)
          this.error(
            `${eager} is loaded at start. Import the driver that needs it with import(), in the provider's load().`,
          );
        chunk.imports.forEach(visit);
      };
      visit('main.js');
    },
  };
}
