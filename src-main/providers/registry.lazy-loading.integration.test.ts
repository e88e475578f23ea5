/** Each integration test file has its own process, so no other test has loaded an SDK into this one. */
import { createRequire } from 'node:module';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Core } from '../core.ts';
import { openLog } from '../platform/log.ts';
import { createNetworkMonitor } from '../platform/network-monitor.ts';
import { processStart } from '../platform/process-start.ts';
import { openStore } from '../store/open.ts';
import { loadProvider } from './destination/load-provider.ts';
import { providers } from './registry.ts';

const sdkModule = /node_modules\/(?:@aws-sdk\/(?:client-|lib-|s3-)|dropbox\/|@fal-ai\/)/;
const loadedSdks = (): string[] =>
  Object.keys(createRequire(import.meta.url).cache)
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => sdkModule.test(file));

test('an SDK is loaded on the first use of its provider, not by the start, the status or the forms', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'hoist-loading-'));
  const store = await openStore({
    folder,
    owner: { pid: process.pid, startTime: processStart(process.pid) },
    now: Date.now,
  });
  for (const { id } of providers)
    store.profiles.save({ id, providerId: id, name: id, settings: { bucket: 'photos' }, createdAt: 0 });
  const core = new Core({
    folder,
    store,
    log: openLog({ folder: path.join(folder, 'logs'), home: folder }),
    network: createNetworkMonitor({ online: () => true }),
    builtIns: ['practice'],
    env: { AWS_S3_BUCKET: 'b', AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: 'CANARY' },
    secretBox: {
      available: async () => false,
      backend: () => 'none',
      encrypt: () => Promise.reject(new Error('no secret storage')),
      decrypt: () => Promise.reject(new Error('no secret storage')),
    },
  });
  try {
    const { profiles, discovered } = core.profiles.views.all();
    expect(profiles.map(({ status }) => status.state)).toEqual(providers.map(() => 'needs-sign-in'));
    expect(discovered.length).toBeGreaterThan(0);
    for (const { id } of providers)
      core.profiles.drafts.validate({ providerId: id, name: '', settings: { bucket: 'photos' }, secrets: {} });
    expect(core.providers.infos()).toHaveLength(providers.length);
    expect(loadedSdks()).toEqual([]);
    await Promise.all([...providers, ...providers].map((provider) => loadProvider(provider)));
    // Proves that the check above can detect a loaded SDK.
    expect(loadedSdks().length).toBeGreaterThan(providers.length);
  } finally {
    await core.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
