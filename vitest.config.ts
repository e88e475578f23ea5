import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src-*/**/*.test.{ts,tsx}', 'scripts/**/*.test.{ts,mjs}', 'e2e/**/*.test.{ts,mjs}'],
    reporters: ['default'],
    // Long enough for a busy machine.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Many tests wait for a server or a disk, so more workers than cores keep the cores busy.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    restoreMocks: true,
    unstubEnvs: true,
  },
});
