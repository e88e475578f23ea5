/**
 * Finds fal.ai keys in the environment variables of its clients. They are offered to the user, never used without
 * confirmation.
 */
import type { Computer } from '../../platform/computer.ts';
import type { DiscoveredCredentials } from '../contract/provider.ts';

/** Uses the order of the official client: FAL_KEY, otherwise FAL_KEY_ID and FAL_KEY_SECRET. */
export function discoverFalCredentials({ env }: Pick<Computer, 'env'>): DiscoveredCredentials[] {
  const fullKey = env['FAL_KEY']?.trim();
  const [id, secret] = [env['FAL_KEY_ID']?.trim(), env['FAL_KEY_SECRET']?.trim()];
  const key = fullKey || (id && secret ? `${id}:${secret}` : '');
  if (!key) return [];
  const from = fullKey ? 'FAL_KEY' : 'FAL_KEY_ID';
  return [{ id: 'fal-environment', name: 'fal.ai', from, values: { key }, use: 'environment' }];
}
