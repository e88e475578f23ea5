/**
 * A fixture for sign-in tests, all on loopback: Practice behind a proxy that checks session tokens as Amazon does, and
 * the services that issue the tokens. It hides this computer's environment variables and ~/.aws.
 */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { vi } from 'vitest';
import { MiB } from '../../../platform/testing/mib.ts';
import { neverAborted } from '../../../platform/testing/never-aborted.ts';
import { startContainerCredentials } from '../../../../e2e/servers/aws/container-credentials.ts';
import { startInstanceMetadata } from '../../../../e2e/servers/aws/instance-metadata.ts';
import { AwsSessions } from '../../../../e2e/servers/aws/loopback-server.ts';
import { startSso, type Sso } from '../../../../e2e/servers/aws/sso.ts';
import { startSts, type Sts } from '../../../../e2e/servers/aws/sts.ts';
import { requestKind, type RequestKind } from '../../../../e2e/servers/s3-fault-plan.ts';
import type { FieldValues } from '../../../../src-shared/profile.ts';
import type { Checkpoint, Ref } from '../../../../src-shared/upload.ts';
import { TestPractice } from '../../../practice/testing/test-practice.ts';
import { connectDestination, type ConnectedDestination } from '../../destination/connect.ts';
import type { DriverPorts } from '../../contract/provider.ts';
import { FaultProxy, type Fault, type ProxiedRequest } from '../../testing/fault-proxy.ts';
import { patternBytes, patternSource } from '../../testing/pattern-source.ts';
import { createS3Driver } from '../driver.ts';
import { mapS3Error } from '../errors.ts';
import { s3 } from '../index.ts';
import { s3TestPorts } from './subject.ts';

const awsPartBytes = 5 * MiB;
/** Three parts; the last one is small. */
const threePartBytes = 2 * awsPartBytes + 7;

export const mfaDevice = 'arn:aws:iam::123456789012:mfa/phone';
export const accountId = '123456789012';
export const ssoStartUrl = 'https://corp.awsapps.com/start';
const roleArn = (name: string): string => `arn:aws:iam::${accountId}:role/${name}`;

/** The requests of an upload, as the store received them. */
export interface AwsUploadResult {
  ref: Ref;
  checkpoints: Checkpoint[];
  kinds: RequestKind[];
  partNumbers: number[];
}

export class AwsFixture {
  readonly practice: TestPractice;
  readonly proxy: FaultProxy;
  readonly folder: string;
  readonly sessions: AwsSessions;
  readonly sts: Sts;
  readonly sso: Sso;
  readonly instance: Awaited<ReturnType<typeof startInstanceMetadata>>;
  readonly container: Awaited<ReturnType<typeof startContainerCredentials>>;
  readonly #connected: ConnectedDestination[] = [];
  /** Part numbers that the store accepted, in order. */
  #acceptedParts: number[] = [];

  private constructor(
    init: Pick<AwsFixture, 'practice' | 'proxy' | 'folder' | 'sessions' | 'sts' | 'sso' | 'instance' | 'container'>,
  ) {
    ({
      practice: this.practice,
      proxy: this.proxy,
      folder: this.folder,
      sessions: this.sessions,
      sts: this.sts,
      sso: this.sso,
      instance: this.instance,
      container: this.container,
    } = init);
  }

  static async start(): Promise<AwsFixture> {
    const practice = await TestPractice.start();
    const { accessKeyId, secretAccessKey } = practice.address;
    const sessions = new AwsSessions({ accessKeyId, secretAccessKey });
    const sts = await startSts({
      sessions,
      users: new Map([['AKIAUSER', 'user-secret']]),
      codes: new Set(),
      // `trusts`: the access keys and the roles that may assume the role.
      roles: [
        { arn: roleArn('plain'), trusts: ['AKIAUSER', roleArn('plain')] },
        { arn: roleArn('chained'), trusts: [roleArn('plain'), roleArn('chained')], externalId: 'from-us' },
        { arn: roleArn('careful'), trusts: ['AKIAUSER'], mfa: mfaDevice },
        { arn: roleArn('web'), trusts: [], webToken: 'web-token' },
      ],
    });
    const sso = await startSso({
      startUrl: ssoStartUrl,
      sessions,
      tokenSeconds: 3600,
      accounts: new Map([
        [accountId, { name: 'Production', roles: ['Uploader', 'Reader'] }],
        ['210987654321', { name: 'Sandbox', roles: ['Admin'] }],
      ]),
    });
    return new AwsFixture({
      practice,
      sessions,
      sts,
      sso,
      proxy: await FaultProxy.start(practice.address.endpoint),
      folder: await mkdtemp(path.join(tmpdir(), 'hoist-aws-')),
      instance: await startInstanceMetadata({ sessions, role: 'instance-role' }),
      container: await startContainerCredentials({ sessions, token: 'container-token' }),
    });
  }

  async stop(): Promise<void> {
    for (const destination of this.#connected) destination.close();
    for (const server of [this.proxy, this.sts, this.sso, this.instance, this.container, this.practice])
      await server.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Restores the initial state. Call it before each test. */
  async reset(): Promise<void> {
    for (const name of Object.keys(process.env).filter(
      (name) => name.startsWith('AWS_') && !name.startsWith('AWS_SDK_JS'),
    ))
      vi.stubEnv(name, undefined);
    vi.stubEnv('HOME', this.folder);
    await rm(path.join(this.folder, '.aws'), { recursive: true, force: true });
    await mkdir(path.join(this.folder, '.aws'));
    for (const { requests } of [this.sts, this.sso, this.instance, this.container]) requests.length = 0;
    this.sts.forcedError = undefined;
    this.sessions.lifetimeMs = 3_600_000;
    this.enforceSessions();
  }

  /**
   * Lets only requests with a valid session token reach the store. When the request `expireBefore` arrives, all tokens
   * expire and `onExpired` is called. `faultFor` returns faults for requests with a valid token.
   */
  enforceSessions({
    expireBefore,
    onExpired,
    faultFor,
  }: {
    expireBefore?: { kind: RequestKind; nth: number };
    onExpired?(): void;
    faultFor?(seen: ProxiedRequest): Fault | undefined;
  } = {}): void {
    this.#acceptedParts = [];
    let count = 0;
    this.proxy.setRule((seen) => {
      const kind = requestKind(seen);
      if (expireBefore && kind === expireBefore.kind && ++count === expireBefore.nth) {
        this.sessions.expireAll();
        onExpired?.();
      }
      const query = new URLSearchParams(seen.target.split('?')[1] ?? '');
      const token = seen.headers['x-amz-security-token'] ?? query.get('X-Amz-Security-Token') ?? undefined;
      const refusal = this.#refusal(typeof token === 'string' ? token : undefined);
      if (refusal) return refusal;
      const fault = faultFor?.(seen);
      if (!fault && kind === 'part') this.#acceptedParts.push(Number(query.get('partNumber')));
      return fault;
    });
  }

  #refusal(token: string | undefined): Fault | undefined {
    const answer = (status: number, code: string): Fault => ({
      kind: 'answer',
      status,
      body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`,
    });
    const session = this.sessions.find(token);
    if (token === undefined) return answer(403, 'InvalidAccessKeyId');
    if (!session) return answer(400, 'InvalidToken');
    return session.expires <= Date.now() ? answer(400, 'ExpiredToken') : undefined;
  }

  /** Writes ~/.aws with every kind of profile. */
  async writeProfiles(additions: { config?: string; credentials?: string } = {}): Promise<void> {
    const outputFile = path.join(this.folder, 'printed.json');
    await writeFile(path.join(this.folder, 'web-token'), 'web-token\n');
    await writeFile(path.join(this.folder, 'print.sh'), '#!/bin/sh\ncat "$1"\n', { mode: 0o755 });
    this.printCredentials();
    await writeFile(
      path.join(this.folder, '.aws', 'credentials'),
      `[user]\naws_access_key_id = AKIAUSER\naws_secret_access_key = user-secret\n${additions.credentials ?? ''}`,
    );
    const role = (name: string, lines: string): string =>
      `[profile ${name}]\nrole_arn = ${roleArn(name)}\nservices = here\n${lines}\n`;
    await writeFile(
      path.join(this.folder, '.aws', 'config'),
      [
        `[services here]\nsts =\n  endpoint_url = ${this.sts.url}\nsso =\n  endpoint_url = ${this.sso.url}\nsso_oidc =\n  endpoint_url = ${this.sso.url}\n`,
        role('plain', 'source_profile = user'),
        role('chained', 'source_profile = plain\nexternal_id = from-us'),
        role('careful', `source_profile = user\nmfa_serial = ${mfaDevice}`),
        role('web', `web_identity_token_file = ${path.join(this.folder, 'web-token')}`),
        `[profile program]\ncredential_process = "${path.join(this.folder, 'print.sh')}" "${outputFile}"\n`,
        `[sso-session corp]\nsso_start_url = ${ssoStartUrl}\nsso_region = us-west-2\nsso_registration_scopes = sso:account:access\n`,
        `[profile session]\nservices = here\nsso_session = corp\nsso_account_id = ${accountId}\nsso_role_name = Uploader\n`,
        `[profile legacy]\nservices = here\nsso_start_url = ${ssoStartUrl}\nsso_region = us-west-2\nsso_account_id = ${accountId}\nsso_role_name = Uploader\n`,
        additions.config ?? '',
      ].join('\n'),
    );
  }

  /** Writes new credentials, which the `credential_process` of the AWS profile named `program` then prints. */
  printCredentials(): void {
    const {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
      expires,
    } = this.sessions.issue();
    writeFileSync(
      path.join(this.folder, 'printed.json'),
      JSON.stringify({
        Version: 1,
        AccessKeyId,
        SecretAccessKey,
        SessionToken,
        Expiration: new Date(expires).toISOString(),
      }),
    );
  }

  /** Connects as a profile with these values does. */
  async connect(values: FieldValues, driverPorts: Partial<DriverPorts> = {}): Promise<ConnectedDestination> {
    const provider = {
      ...s3,
      load: async () => ({
        errorOf: mapS3Error,
        connect: (settings: Parameters<typeof createS3Driver>[0], connectPorts: DriverPorts) =>
          createS3Driver(
            { ...settings, store: { ...settings.store, preferredPartBytes: awsPartBytes } },
            connectPorts,
            {
              retryMs: 1,
              recheckDelaysMs: [5],
            },
          ),
      }),
    };
    const { bucket, region } = this.practice.address;
    const destination = await connectDestination(
      provider,
      { bucket, region, endpoint: this.proxy.url, pathStyle: 'true', linkKind: 'expiring', ...values },
      { ...s3TestPorts, isProgramAllowed: () => true, ...driverPorts },
    );
    this.#connected.push(destination);
    return destination;
  }

  /** @param checkpoints receives the checkpoints, also of a failed upload */
  async upload(
    destination: ConnectedDestination,
    {
      size = threePartBytes,
      checkpoint,
      checkpoints = [],
    }: { size?: number; checkpoint?: Checkpoint; checkpoints?: Checkpoint[] } = {},
  ): Promise<AwsUploadResult> {
    let lastRequest: Promise<unknown> = Promise.resolve();
    const ref = await destination.upload({
      source: patternSource(size),
      signal: neverAborted,
      ...(checkpoint === undefined ? {} : { checkpoint }),
      onProgress: () => undefined,
      onCheckpoint: async (checkpoint) => {
        checkpoints.push(structuredClone(checkpoint));
      },
      // One part at a time, so that the parts arrive in order.
      acquireSlot: async () => {
        const previous = lastRequest;
        let release = (): void => undefined;
        lastRequest = new Promise<void>((resolve) => {
          release = resolve;
        });
        await previous;
        return release;
      },
    });
    return { ref, checkpoints, kinds: this.proxy.requests.map(requestKind), partNumbers: [...this.#acceptedParts] };
  }

  /** Returns whether the store has the whole file. */
  async isStoredIntact(ref: Ref, size = threePartBytes): Promise<boolean> {
    const stored = await this.practice.bytes((ref as { key: string }).key);
    return sha256(stored) === sha256(patternBytes(size));
  }
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
