import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src-*/**/*.test.{ts,tsx}', 'scripts/**/*.test.{ts,mjs}', 'e2e/**/*.test.{ts,mjs}'],
    reporters: ['default'],
    // Long enough for a busy machine.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Most of them wait for a server or a disk: with a core less, half of the time is lost.
    maxWorkers: '100%',
    restoreMocks: true,
    unstubEnvs: true,
  },
});
