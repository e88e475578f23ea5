// `npm run test:live`: a small round trip (check, upload, large upload, link, clean-up) on real accounts, whose keys are in the
// environment. Without keys it says what it needs.
import path from 'node:path';
import { run } from './run.mjs';
import { runMain, say } from './say.mjs';
import { root } from './set-up.mjs';

/** @type {Record<string, { needs: string[], may: string[] }>} */
const accounts = {
  s3: { needs: ['HOIST_LIVE_S3_BUCKET', 'HOIST_LIVE_S3_KEY', 'HOIST_LIVE_S3_SECRET'], may: ['HOIST_LIVE_S3_ENDPOINT', 'HOIST_LIVE_S3_REGION'] },
  dropbox: { needs: ['HOIST_LIVE_DROPBOX_REFRESH_TOKEN', 'HOIST_LIVE_DROPBOX_APP_KEY'], may: ['HOIST_LIVE_DROPBOX_APP_SECRET'] },
  fal: { needs: ['HOIST_LIVE_FAL_KEY'], may: [] },
};

await runMain(async () => {
  let there = 0;
  for (const [provider, { needs, may }] of Object.entries(accounts)) {
    const missing = needs.filter((name) => !process.env[name]);
    if (missing.length === 0) there++;
    else say(`${provider}: not tried, because ${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} not set${may.length > 0 ? ` (there may be ${may.join(', ')} too)` : ''}`);
  }
  if (there === 0) return 0;
  const { code } = await run(process.execPath, [path.join(root, 'node_modules/vitest/vitest.mjs'), 'run', 'src-main/providers/live', '--reporter=verbose'], { cwd: root, env: { ...process.env, HOIST_LIVE: '1' }, output: 'inherit' });
  return code === 0 ? 0 : 1;
});
