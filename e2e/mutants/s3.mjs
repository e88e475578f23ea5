/** @type {import('../../scripts/mutants/lists.mjs').MutantEntry[]} */
export const mutants = [
  {
    file: 'src-main/providers/s3/error-table.ts',
    find: `{
    namePattern: /^AccessDenied/,
    messagePattern: /BlockPublicA|block public access|PutObjectAcl|access control list/i,
    meaning: meaning('rejected', 'acl', 'acl'),
  },`,
    replace: '',
    breaks: 'a bucket that allows no public objects is reported as a problem of the access key',
    caughtBy: { unit: 'has its code, field and sentence' },
  },
  {
    file: 'src-main/providers/s3/upload-context.ts',
    find: "export const usesConditionalWrite = ({ store, keyAllocator }: S3UploadContext): boolean => store.supportsConditionalWrites && keyAllocator.ifTaken !== 'replace';",
    replace:
      "export const usesConditionalWrite = ({ store, keyAllocator }: S3UploadContext): boolean => store.supportsConditionalWrites && keyAllocator.ifTaken === 'new-name';",
    breaks: 'a user who chose to be asked overwrites an object that another client wrote during the upload',
    caughtBy: { unit: 'is not overwritten when another client writes it first' },
  },
  {
    file: 'src-main/providers/s3/put-parts.ts',
    find: `if (await isKeyTaken(keyed)) return 'taken';
  try {
    return await send(usesConditionalWrite(keyed) ? { IfNoneMatch: '*' } : {});`,
    replace: `try {
  return await send(store.supportsConditionalWrites && keyed.mark === undefined ? { IfNoneMatch: '*' } : {});`,
    breaks: 'a large file overwrites an object that got its key during the upload',
    caughtBy: { unit: 'is not overwritten when another client writes it first' },
  },
  {
    file: 'src-main/providers/s3/discard.ts',
    find: "return isOwnS3Object({ key, mark }, existing) ? existing : 'not ours';",
    replace: "return existing.ContentLength === undefined || mark === undefined ? 'not ours' : existing;",
    breaks: 'canceling or deleting an upload removes an object that another client wrote to the key since',
    caughtBy: { unit: 'removes nothing of an upload that failed' },
  },
  {
    file: 'src-main/providers/s3/put-object.ts',
    find: '(keyed.mark === undefined ? mayBeOurs : isOwnS3Object(keyed, existing)) && existing.ContentLength === keyed.transfer.source.size;',
    replace:
      '(keyed.mark === undefined || mayBeOurs || isOwnS3Object(keyed, existing)) && existing.ContentLength === keyed.transfer.source.size;',
    breaks: 'an object of another client under the key counts as ours, and a cleanup removes it',
    caughtBy: { unit: 'an existing object under the key is neither overwritten nor deleted' },
  },
  {
    file: 'src-main/providers/s3/sign-in/sso-sign-in.ts',
    find: `if (this.#isUsed || !equalsInConstantTime(url.searchParams.get('state') ?? '', this.#state))
      return respond(400, text('s3.sso.page.other'));`,
    replace:
      "if (this.#isUsed || !equalsInConstantTime(this.#state, this.#state)) return respond(400, text('s3.sso.page.other'));",
    breaks: 'any page in the browser can send its own code to a sign-in that is running',
    caughtBy: { unit: 'another state, host, path or method is refused' },
  },
  {
    file: 'src-main/providers/s3/put-parts.ts',
    find: `await abortOnFailure(keyed, uploadId, () =>
    transfer.onCheckpoint({
      v: 1,
      bucket,
      ...pickReservation(reservation),
      size: transfer.source.size,
      uploadId,
      partSize: plan.partSize,
    }),
  );`,
    replace: '',
    breaks:
      'the upload id is stored only when every part is uploaded, so a crash in the middle leaves parts at the store',
    caughtBy: { unit: 'with a key that may not list, aborts the uploads in the checkpoint' },
  },
  {
    file: 'src-main/providers/s3/links.ts',
    find: 'signingDate: new Date(now + clockOffset),',
    replace: 'signingDate: new Date(now),',
    breaks: 'a link made on a computer whose clock is wrong does not open',
    caughtBy: { unit: 'with a clock that is wrong by 40 minutes' },
  },
  {
    file: 'src-main/providers/s3/compare-checksums.ts',
    find: "return reported === expected ? 'same' : 'other';",
    replace: "return reported === expected ? 'same' : 'unknown';",
    breaks: 'an object whose bytes differ from the sent bytes is accepted',
    caughtBy: { unit: 'an ETag that contradicts the sent bytes' },
  },
  {
    file: 'src-main/providers/s3/sign-in/credential-cache.ts',
    find: `this.#loading ??= this.#loadNow().finally(() => {
      this.#loading = undefined;
    });`,
    replace: 'this.#loading = this.#loadNow().finally(() => { this.#loading = undefined; });',
    breaks: 'every waiting upload requests the role itself, and asks the user for a code each time',
    caughtBy: { unit: 'a thousand uploads request a role once, and a code once' },
  },
  {
    file: 'src-main/providers/s3/multipart-uploads.ts',
    find: 'if (page.IsTruncated !== true || !(next > after)) return;',
    replace: 'if (page.IsTruncated !== undefined || !(next > after)) return;',
    breaks: 'only the first page of a long list of parts is read, so the rest of a large file is sent again',
    caughtBy: { unit: 'listed on several pages all count' },
  },
  {
    file: 'src-main/providers/s3/driver.ts',
    find: 'await ports.saveRenewed?.({ region });',
    replace: 'await Promise.resolve();',
    breaks: 'a detected region is not saved, so each process detects it again',
    caughtBy: { unit: 'the detected region is saved once, and only after a success' },
  },
  {
    file: 'src-main/providers/s3/client.ts',
    find: "if (settings.store.condition === 'generation' && headers['if-none-match'] === '*') {",
    replace:
      "if (settings.store.condition !== 'generation' && settings.store.id === 'gcs' && headers['if-none-match'] === '*') {",
    breaks: 'Google’s store gets a condition that it ignores, so an existing object is overwritten',
    caughtBy: { unit: 'a file in one request' },
  },
  {
    file: 'src-main/providers/s3/content-headers.ts',
    find: "const disposition = scriptableTypes.test(mediaType) && !showsPages ? 'attachment' : 'inline';",
    replace: "const disposition = 'inline';",
    breaks: 'an uploaded page runs its scripts under the storage’s address when the link is opened',
    caughtBy: { unit: 'is saved and never run' },
  },
  {
    file: 'src-main/providers/s3/put-parts.ts',
    find: "if (contradicts(answer)) throw failure('corrupted');",
    replace: '',
    breaks: 'an object that the store joined wrongly is shown as done',
    caughtBy: { unit: 'an object with a wrong checksum is never done' },
  },
  {
    file: 'src-main/providers/s3/put-parts.ts',
    find: 'keyed.progress.addStored(part.range.length);',
    replace: '',
    breaks: 'a paused row does not show how much the store has',
    caughtBy: { e2e: 'a paused upload shows the stored bytes' },
  },
  {
    file: 'src-main/providers/s3/client.ts',
    find: '!(await credentials.renew?.(rejected))',
    replace: 'credentials.renew !== undefined',
    breaks: 'an upload fails when its keys expire, although new ones are available',
    caughtBy: {
      unit: 'a service that issues no new keys: one request, the service’s error, and the stored parts stay',
    },
  },
  {
    file: 'src-main/providers/s3/aws-endpoints.ts',
    find: `export const awsLinkEndpoint = (variant: AwsVariant, region: string): string =>
  awsEndpoint(
    variant === 'accelerate' ? 'standard' : variant === 'accelerate-dualstack' ? 'dualstack' : variant,
    region,
  );`,
    replace:
      'export const awsLinkEndpoint = (variant: AwsVariant, region: string): string => awsEndpoint(variant, region);',
    breaks: 'links use the accelerated address, which costs the bucket’s owner money',
    caughtBy: { unit: 'an expiring link' },
  },
  {
    file: 'src-main/providers/s3/driver.ts',
    find: "if (promptMode === 'background') await credentials.ensureWithoutPrompt?.();",
    replace: '',
    breaks: 'a background check asks the user for a code',
    caughtBy: {
      unit: 'a background check asks for no code, reports that, and uses the keys that an earlier code gave',
    },
  },
  {
    file: 'src-main/providers/s3/resume.ts',
    find: "return verdict === 'unknown' ? recordedChecksum !== undefined && recordedChecksum === formatChecksums(expected) : verdict === 'same';",
    replace: "return verdict !== 'other' || recordedChecksum !== undefined;",
    breaks: 'the old object counts as done although the file was edited after its upload',
    caughtBy: { unit: 'and the file changed since' },
  },
  {
    file: 'src-main/providers/s3/resume.ts',
    find: 'const adopted = checkpoint.size !== undefined && plan.count === 1 ? undefined : await adoptOpenUpload(keyed, plan);',
    replace: 'const adopted = checkpoint.size !== undefined ? undefined : await adoptOpenUpload(keyed, plan);',
    breaks: 'an upload that was opened by a Create whose answer was lost stays at the store',
    caughtBy: { unit: 'of Create: Hoist adopts the upload, with the same key' },
  },
  {
    file: 'src-main/providers/s3/put-parts.ts',
    find: "const matched = sum && compareChecksums(sum, storedPart, 'md5') === 'same' ? toUploadedPart(number, storedPart.ETag, sum) : undefined;",
    replace: 'const matched = sum ? toUploadedPart(number, storedPart.ETag, sum) : undefined;',
    breaks: 'a stored part is used although the file has other bytes now, so the object mixes two files',
    caughtBy: { unit: 'are sent again if their bytes in the file changed; other parts are not' },
  },
  {
    file: 'src-main/providers/s3/bucket-policy.ts',
    find: "const resource = `arn:${awsPartition(settings)}:s3:::${bucket}/${prefix === '' ? '' : `${prefix}/`}*`;",
    replace: 'const resource = `arn:${awsPartition(settings)}:s3:::${bucket}/*`;',
    breaks: 'the policy for a folder opens the whole bucket',
    caughtBy: { unit: 'prints only the policy that the bucket’s owner pastes' },
  },
  {
    file: 'src-main/providers/s3/sign-in/profile-credentials.ts',
    find: 'const sections = readAwsConfig(context.computer);',
    replace: 'const sections = (globalThis.remembered ??= readAwsConfig(context.computer));',
    breaks: 'keys that were replaced in ~/.aws are not used until Hoist restarts',
    caughtBy: { unit: 'uses changed keys of the file at the next connection' },
  },
  {
    file: 'src-main/providers/s3/sign-in/profile-process.ts',
    find: `const child = spawn(program, args, {
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
      windowsHide: true,
      shell: false,`,
    replace: `const child = spawn([program, ...args].join(' '), {
  env,
  stdio: ['ignore', 'pipe', 'ignore'],
  windowsHide: true,
  shell: true,`,
    breaks: 'the program of a profile runs in a shell',
    caughtBy: { unit: 'runs without a shell: shell syntax is passed on as plain arguments' },
  },
  {
    file: 'src-main/providers/s3/settings.ts',
    find: "acl !== undefined && grantsBroadRead(acl) && linkKind !== 'public' ? undefined : acl",
    replace: 'acl !== undefined && grantsBroadRead(acl) && linkKind === undefined ? undefined : acl',
    breaks: 'a file whose link expires is readable by everyone, because the ACL for public links is sent with it too',
    caughtBy: { unit: 'have the kind that the user chose, whatever the destination' },
  },
  {
    file: 'src-main/providers/s3/client.ts',
    find: 'if (region === undefined || region === signedRegion) throw cause;',
    replace: 'if (region === undefined || region !== signedRegion) throw cause;',
    breaks: 'a bucket in another region than the guess is never found',
    caughtBy: { unit: 'the check sends one request, follows the redirect and reports the region' },
  },
  {
    file: 'src-main/providers/s3/upload.ts',
    find: 'if (!isUploadGone(cause) || context.progress.restarts > 0 || context.transfer.signal.aborted) throw cause;',
    replace:
      'if (!isUploadGone(cause) || context.progress.restarts > 3 || context.transfer.signal.aborted) throw cause;',
    breaks: 'a store that loses every upload gets the file again and again',
    caughtBy: { unit: 'in the middle: it restarts once and fails the second time' },
  },
  {
    file: 'src-main/providers/s3/resume.ts',
    find: `const existing =
    storedParts === 'not-found' ? await headOwnObject(keyed, checkpoint.sum === undefined ? [] : store.recheckDelaysMs) : undefined;`,
    replace:
      "const existing = storedParts === 'refused' ? await headOwnObject(keyed, checkpoint.sum === undefined ? [] : store.recheckDelaysMs) : undefined;",
    breaks: 'after the answer to Complete was lost, the whole file is sent again to a second object',
    caughtBy: { unit: 'of Complete: Hoist finds the object and sends nothing' },
  },
  {
    file: 'src-main/providers/s3/sign-in/sso-tokens.ts',
    find: `await writeFile(temporaryFile, text, { mode: 0o600, flag: 'wx' });
    await chmod(temporaryFile, 0o600);
    await rename(temporaryFile, file);`,
    replace: `await chmod(path.dirname(file), 0o755);
await writeFile(file, text);
await rename(file, file);`,
    breaks: 'every user of the computer can read the sign-in that Hoist shares with the AWS tools',
    caughtBy: { unit: 'an expired token is renewed and written back to a file that only its owner can read' },
  },
  {
    file: 'src-main/providers/s3/sign-out.ts',
    find: `candidate !== undefined &&
  (candidate.accessToken === other.accessToken || (candidate.clientId !== undefined && candidate.clientId === other.clientId));`,
    replace: 'candidate !== undefined && (candidate.accessToken === other.accessToken);',
    breaks: 'signing out one destination also signs out another one whose shared sign-in was renewed since',
    caughtBy: { unit: 'keeps the session while another destination has the same sign-in, even a renewed one' },
  },
  {
    file: 'src-main/providers/s3/upload-context.ts',
    find: '({ abortSignal: abortSignal, onSlowDown });',
    replace: '({ abortSignal: abortSignal, onSlowDown: onSlowDown && undefined });',
    breaks: 'a store that asks for fewer requests gets as many as before if each second attempt succeeds',
    caughtBy: { unit: 'sends four parts of a large file at once, and two after the store asked for fewer' },
  },
  {
    file: 'src-main/providers/s3/stream.ts',
    find: 'await transfer.onCheckpoint({ v: 1, bucket, ...reservation });',
    replace: '',
    breaks: 'the data of a broken pipe stays at the store',
    caughtBy: { unit: 'that breaks off fails once' },
  },
  {
    file: 'src-main/providers/s3/check-destination.ts',
    find: 'if (isClockSkewError(cause)) return createUpload();',
    replace: '',
    breaks: 'no destination can be set up when the clock is wrong by half an hour',
    caughtBy: { unit: 'a clock that is wrong by 20 min' },
  },
  {
    file: 'src-main/providers/s3/sign-in/mfa.ts',
    find: "rejection = 'wrong';",
    replace: '',
    breaks: 'the prompt does not say that the previous code was refused',
    caughtBy: { unit: 'prompts again after a wrong, a used and an invalid code' },
  },
];
