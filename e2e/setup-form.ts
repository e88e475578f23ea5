/** Steps of a user in the setup form of a destination. */
import type { Locator, Page } from 'playwright/test';
import { accessKey, bucket, endpoint } from './bucket.ts';

export const chooseService = (page: Page, name: string): Promise<void> =>
  page.getByRole('option', { name, exact: true }).click();
export const clickContinue = (page: Page): Promise<void> => page.getByRole('button', { name: 'Continue' }).click();

/** Fills the required fields of a custom server with the test bucket's values, or with `overrides`. */
export async function fillFields(page: Page, overrides: Record<string, string> = {}): Promise<void> {
  const values = { accessKeyId: accessKey.id, secretAccessKey: accessKey.secret, endpoint, bucket, ...overrides };
  for (const [key, value] of Object.entries(values)) {
    await field(page, key).fill(value);
    await field(page, key).blur(); // closes the list of suggestions
  }
}
/** The input of the form's field with this setting. */
export const field = (page: Page, key: string): Locator => page.locator(`[data-field="${key}"] input:visible`);
