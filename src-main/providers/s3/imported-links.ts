/** ACLs and public links in the settings of other programs, as values of the form. */
import { serviceForHost, type Service } from './presets.ts';

/**
 * Maps the ACLs that other programs can send to the values of the form. `private` is not listed, because an object
 * without an ACL is private anyway.
 */
const aclValues: Record<string, string | undefined> = {
  'public-read': 'true',
  // Hoist never lets everyone write.
  'public-read-write': 'true',
  'authenticated-read': 'authenticated-read',
  'bucket-owner-read': 'bucket-owner-read',
  'bucket-owner-full-control': 'bucket-owner-full-control',
  'aws-exec-read': 'aws-exec-read',
};

/** The value for the ACL field; undefined without an ACL, and for stores that reject every ACL. */
export const importedAcl = (acl: string, endpoint: string): string | undefined =>
  Object.hasOwn(aclValues, acl) && serviceOf(endpoint).acl === 'possible' ? aclValues[acl] : undefined;

/** Whether the ACL lets everyone read an object. */
export const isPublicAcl = (acl: string): boolean => acl === 'public-read' || acl === 'public-read-write';

/** Whether the public address of an object follows from the endpoint. An empty endpoint is the one of Amazon S3. */
export const hasPublicAddress = (endpoint: string): boolean => serviceOf(endpoint).publicLinks !== 'base-url';

/** Whether the endpoint belongs to a server that Hoist does not know. */
export const isCustomServer = (endpoint: string): boolean => serviceOf(endpoint).id === 'custom';

function serviceOf(endpoint: string): Service {
  if (endpoint === '') return serviceForHost('s3.amazonaws.com').service;
  const address = `https://${endpoint.replace(/^https?:\/\//i, '')}`;
  return serviceForHost(URL.canParse(address) ? new URL(address).hostname : '').service;
}
