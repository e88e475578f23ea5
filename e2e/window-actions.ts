/** Helpers of window tests: files of a given size, and destinations saved as the form saves them. */
import fs from 'node:fs';
import path from 'node:path';
import type { Locator } from 'playwright/test';
import { MiB } from '../src-main/platform/testing/mib.ts';
import { bucketEnv } from './bucket.ts';
import type { AppLauncher, LaunchedApp } from './app-fixture.ts';

/**
 * Each MiB has its own content, so a part that is stored in the wrong position changes the file's hash.
 * @param bytes a multiple of 1 MiB
 */
export function writeLargeFile(apps: AppLauncher, name: string, bytes: number): string {
  const file = path.join(apps.folder('drop'), name);
  const handle = fs.openSync(file, 'w');
  const block = Buffer.alloc(MiB);
  for (let i = 0; i < bytes / MiB; i++) {
    block.fill(`${name}${i},`);
    fs.writeSync(handle, block);
  }
  fs.closeSync(handle);
  return file;
}

/**
 * Saves a destination with the keys of the test bucket, without testing it. Returns its id.
 * @param overrides settings and `secretAccessKey` that differ from those of the test bucket
 */
export async function saveDestination(
  { page }: LaunchedApp,
  name: string,
  overrides: Record<string, string> = {},
): Promise<string> {
  const env = bucketEnv();
  const { secretAccessKey = env.AWS_SECRET_ACCESS_KEY!, ...settings } = overrides;
  const draft = {
    providerId: 's3',
    name,
    secrets: { secretAccessKey },
    settings: {
      bucket: env.AWS_S3_BUCKET!,
      endpoint: env.AWS_ENDPOINT_URL!,
      region: 'us-east-1',
      pathStyle: 'true',
      accessKeyId: env.AWS_ACCESS_KEY_ID!,
      linkKind: 'expiring',
      ...settings,
    },
  };
  type Bridge = { profiles: { save(draft: unknown): Promise<{ ok: boolean; value: { id: string } }> } };
  const answer = await page.evaluate((d) => (globalThis as unknown as { hoist: Bridge }).hoist.profiles.save(d), draft);
  if (!answer.ok) throw new Error(`${name} was not saved: ${JSON.stringify(answer)}`);
  return answer.value.id;
}

/** Makes a destination the current one, as the user does in the menu of destinations. */
export async function selectDestination({ page }: LaunchedApp, id: string): Promise<void> {
  await page.evaluate(
    (destinationId) =>
      (
        globalThis as unknown as { hoist: { profiles: { use(input: { id: string }): Promise<unknown> } } }
      ).hoist.profiles.use({ id: destinationId }),
    id,
  );
}

/** The row of an upload. For a folder, pass its accessible name: `Folder NAME`. */
export const uploadRow = ({ page }: LaunchedApp, name: string): Locator =>
  page.getByRole('listitem', { name: new RegExp(`^${name.replaceAll('.', '\\.')},`) });

/** The percentage that an upload's progress bar shows. */
export const progressPercent = async ({ page }: LaunchedApp, name: string): Promise<number> =>
  Number(await page.getByRole('progressbar', { name: `Progress of ${name}` }).getAttribute('aria-valuenow'));
