import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';

/** Tests that need servers, other programs or several processes. `npm test -- integration` runs them. */
const integrationTests = '**/*.integration.test.{ts,mjs}';

export default defineConfig({
  test: {
    reporters: ['default'],
    // Many tests wait for a server or a disk, so more workers than cores keep the cores busy.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          // Files share a process with its loaded modules, which halves the time. A test that needs its own process is
          // an integration test.
          isolate: false,
          include: ['src-*/**/*.test.{ts,tsx}', 'scripts/**/*.test.{ts,mjs}', 'e2e/**/*.test.{ts,mjs}'],
          exclude: [...configDefaults.exclude, integrationTests],
        },
      },
      {
        extends: true,
        test: { name: 'integration', include: [`{src-main,e2e,scripts}/${integrationTests}`] },
      },
    ],
    // Long enough for a busy machine.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 10_000 } },
    restoreMocks: true,
    unstubEnvs: true,
  },
});
