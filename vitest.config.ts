import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src-*/**/*.test.{ts,tsx}', 'scripts/**/*.test.{ts,mjs}', 'e2e/**/*.test.{ts,mjs}'],
    reporters: ['default'],
    restoreMocks: true,
    unstubEnvs: true,
  },
});
