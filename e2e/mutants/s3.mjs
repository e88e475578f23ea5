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
    breaks: 'a bucket that lets nothing become public is said to be a matter of the key',
    caughtBy: { unit: 'is what it is' },
  },
  {
    file: 'src-main/providers/s3/upload-context.ts',
    find: "export const usesConditionalWrite = ({ store, keyAllocator }: S3UploadContext): boolean => store.supportsConditionalWrites && keyAllocator.ifTaken !== 'replace';",
    replace:
      "export const usesConditionalWrite = ({ store, keyAllocator }: S3UploadContext): boolean => store.supportsConditionalWrites && keyAllocator.ifTaken === 'new-name';",
    breaks: 'who wants to be asked overwrites what somebody else put there while the file was sent',
    caughtBy: { unit: 'by somebody who is quicker is not overwritten' },
  },
  {
    file: 'src-main/providers/s3/put-parts.ts',
    find: `if (await isKeyTaken(keyed)) return 'taken';
  try {
    return await send(usesConditionalWrite(keyed) ? { IfNoneMatch: '*' } : {});`,
    replace: `try {
  return await send(store.supportsConditionalWrites && keyed.mark === undefined ? { IfNoneMatch: '*' } : {});`,
    breaks: 'a large file overwrites what came under its name while it was sent',
    caughtBy: { unit: 'by somebody who is quicker is not overwritten' },
  },
  {
    file: 'src-main/providers/s3/discard.ts',
    find: "return isOwnS3Object({ key, mark }, existing) ? existing : 'not ours';",
    replace: "return existing.ContentLength === undefined || mark === undefined ? 'not ours' : existing;",
    breaks: 'canceling or deleting an upload removes the file that somebody else has put under its name since',
    caughtBy: { unit: 'removes nothing' },
  },
  {
    file: 'src-main/providers/s3/put-object.ts',
    find: '(keyed.mark === undefined ? mayBeOurs : isOwnS3Object(keyed, existing)) && existing.ContentLength === keyed.transfer.source.size;',
    replace:
      '(keyed.mark === undefined || mayBeOurs || isOwnS3Object(keyed, existing)) && existing.ContentLength === keyed.transfer.source.size;',
    breaks: 'an object that somebody else put under the key is taken for ours, and removed by a clean-up',
    caughtBy: { unit: 'a key that is taken is left alone, and never cleaned up' },
  },
  {
    file: 'src-main/providers/s3/sign-in/sso-sign-in.ts',
    find: `if (this.#isUsed || !equalsInConstantTime(url.searchParams.get('state') ?? '', this.#state))
      return respond(400, text('s3.sso.page.other'));`,
    replace:
      "if (this.#isUsed || !equalsInConstantTime(this.#state, this.#state)) return respond(400, text('s3.sso.page.other'));",
    breaks: 'any page in the browser can hand its own code to a sign-in that is under way',
    caughtBy: { unit: 'another state, another host, another path or method' },
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
      'the upload id is written down only when every part is there, so a crash in the middle leaves parts for ever',
    caughtBy: { unit: 'a key that may not list still aborts what it knows' },
  },
  {
    file: 'src-main/providers/s3/links.ts',
    find: 'signingDate: new Date(now + clockOffset),',
    replace: 'signingDate: new Date(now),',
    breaks: 'a link made on a computer whose clock is wrong does not open',
    caughtBy: { unit: 'a clock that is wrong by 40 minutes' },
  },
  {
    file: 'src-main/providers/s3/compare-checksums.ts',
    find: "return reported === expected ? 'same' : 'other';",
    replace: "return reported === expected ? 'same' : 'unknown';",
    breaks: 'a store that kept other bytes than were sent is believed',
    caughtBy: { unit: 'an ETag that contradicts what was sent' },
  },
  {
    file: 'src-main/providers/s3/sign-in/credential-cache.ts',
    find: `this.#loading ??= this.#loadNow().finally(() => {
      this.#loading = undefined;
    });`,
    replace: 'this.#loading = this.#loadNow().finally(() => { this.#loading = undefined; });',
    breaks: 'every upload that waits asks for the role, and the person for a code, by itself',
    caughtBy: { unit: 'a thousand uploads ask for a role once, and for a code once' },
  },
  {
    file: 'src-main/providers/s3/multipart-uploads.ts',
    find: 'if (page.IsTruncated !== true || !(next > after)) return;',
    replace: 'if (page.IsTruncated !== undefined || !(next > after)) return;',
    breaks: 'of a long list of parts only the first page is read: the rest of a large file is sent again',
    caughtBy: { unit: 'listed on several pages are all counted' },
  },
  {
    file: 'src-main/providers/s3/driver.ts',
    find: 'await ports.saveRenewed?.({ region });',
    replace: 'await Promise.resolve();',
    breaks: 'a region that was found is forgotten, and each process is sent around again',
    caughtBy: { unit: 'what was found is kept with the destination, once, and only when it worked' },
  },
  {
    file: 'src-main/providers/s3/client.ts',
    find: "if (settings.store.condition === 'generation' && headers['if-none-match'] === '*') {",
    replace:
      "if (settings.store.condition !== 'generation' && settings.store.id === 'gcs' && headers['if-none-match'] === '*') {",
    breaks: 'Google’s store is told in words that it passes over that nothing may be there',
    caughtBy: { unit: 'a file in one request' },
  },
  {
    file: 'src-main/providers/s3/content-headers.ts',
    find: "ContentDisposition: `${scriptableTypes.test(mediaType) && !showsPages ? 'attachment' : 'inline'}; ${dispositionFileName(safeName(name))}`,",
    replace: "ContentDisposition: `${'inline'}; ${dispositionFileName(safeName(name))}`,",
    breaks: 'an uploaded page runs its scripts under the storage’s address when the link is opened',
    caughtBy: { unit: 'is saved, never run' },
  },
  {
    file: 'src-main/providers/s3/put-parts.ts',
    find: "if (contradicts(answer)) throw failure('corrupted');",
    replace: '',
    breaks: 'an object that the store put together wrongly is shown as done',
    caughtBy: { unit: 'an object whose checksum is not that of what was sent is never done' },
  },
  {
    file: 'src-main/providers/s3/put-parts.ts',
    find: 'keyed.progress.addStored(part.range.length);',
    replace: '',
    breaks: 'a paused row does not know what the store has of it',
    caughtBy: { e2e: 'a paused upload says what the store has' },
  },
  {
    file: 'src-main/providers/s3/client.ts',
    find: '!(await credentials.renew?.(rejected))',
    replace: 'credentials.renew !== undefined',
    breaks: 'keys that end in the middle of an upload end the upload, although there are others',
    caughtBy: { unit: 'a service that gives no others: its own words' },
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
    breaks: 'readers of a link are sent through the accelerated address, which its owner pays for',
    caughtBy: { unit: 'a link that expires' },
  },
  {
    file: 'src-main/providers/s3/driver.ts',
    find: "if (promptMode === 'background') await credentials.ensureWithoutPrompt?.();",
    replace: '',
    breaks: 'a check that nobody waits for asks for a code',
    caughtBy: { unit: 'a check that nobody waits for asks for none, says so, and uses the keys that a code has given' },
  },
  {
    file: 'src-main/providers/s3/resume.ts',
    find: "return verdict === 'unknown' ? recordedChecksum !== undefined && recordedChecksum === formatChecksums(expected) : verdict === 'same';",
    replace: "return verdict !== 'other' || recordedChecksum !== undefined;",
    breaks: 'a file was edited after its upload, and the old bytes are shown as the new ones',
    caughtBy: { unit: 'and the file is another one since' },
  },
  {
    file: 'src-main/providers/s3/resume.ts',
    find: 'const adopted = checkpoint.size !== undefined && plan.count === 1 ? undefined : await adoptOpenUpload(keyed, plan);',
    replace: 'const adopted = checkpoint.size !== undefined ? undefined : await adoptOpenUpload(keyed, plan);',
    breaks: 'the answer to Create was lost, and what it opened stays at the store for ever',
    caughtBy: { unit: 'of Create: the upload is adopted, with the same key' },
  },
  {
    file: 'src-main/providers/s3/put-parts.ts',
    find: "const matched = sum && compareChecksums(sum, storedPart, 'md5') === 'same' ? toUploadedPart(number, storedPart.ETag, sum) : undefined;",
    replace: 'const matched = sum ? toUploadedPart(number, storedPart.ETag, sum) : undefined;',
    breaks:
      'a part that the store has is used although the file holds other bytes now: the object is a mix of two files',
    caughtBy: { unit: 'are sent again when the file holds other bytes in their place now, and only they' },
  },
  {
    file: 'src-main/providers/s3/bucket-policy.ts',
    find: "const resource = `arn:${awsPartition(settings)}:s3:::${bucket}/${prefix === '' ? '' : `${prefix}/`}*`;",
    replace: 'const resource = `arn:${awsPartition(settings)}:s3:::${bucket}/*`;',
    breaks: 'the policy for a folder opens the whole bucket',
    caughtBy: { unit: 'prints what the bucket’s owner pastes, and nothing but that' },
  },
  {
    file: 'src-main/providers/s3/sign-in/profile-credentials.ts',
    find: 'const sections = readAwsConfig(context.computer);',
    replace: 'const sections = (globalThis.remembered ??= readAwsConfig(context.computer));',
    breaks: 'keys that were replaced in ~/.aws do not count until Hoist is started again',
    caughtBy: { unit: 'keys that change in the file count' },
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
    caughtBy: { unit: 'no shell: what would be another command' },
  },
  {
    file: 'src-main/providers/s3/settings.ts',
    find: "acl !== undefined && grantsBroadRead(acl) && linkKind !== 'public' ? undefined : acl",
    replace: 'acl !== undefined && grantsBroadRead(acl) && linkKind === undefined ? undefined : acl',
    breaks: 'a file whose link expires is readable by everyone, because the ACL for public links is sent with it too',
    caughtBy: { unit: 'are as they are wanted, whatever the destination says' },
  },
  {
    file: 'src-main/providers/s3/client.ts',
    find: 'if (region === undefined || region === signedRegion) throw cause;',
    replace: 'if (region === undefined || region !== signedRegion) throw cause;',
    breaks: 'a bucket in another region than the guess is never found',
    caughtBy: { unit: 'the check asks once, follows, and tells' },
  },
  {
    file: 'src-main/providers/s3/upload.ts',
    find: 'if (!isUploadGone(cause) || context.progress.restarts > 0 || context.transfer.signal.aborted) throw cause;',
    replace:
      'if (!isUploadGone(cause) || context.progress.restarts > 3 || context.transfer.signal.aborted) throw cause;',
    breaks: 'a store that forgets every upload is sent the file again and again',
    caughtBy: { unit: 'in the middle: it starts over once; a second time it fails' },
  },
  {
    file: 'src-main/providers/s3/resume.ts',
    find: `const existing =
    storedParts === 'not-found' ? await headOwnObject(keyed, checkpoint.sum === undefined ? [] : store.recheckDelaysMs) : undefined;`,
    replace:
      "const existing = storedParts === 'refused' ? await headOwnObject(keyed, checkpoint.sum === undefined ? [] : store.recheckDelaysMs) : undefined;",
    breaks: 'the answer to Complete was lost, and all of it is sent again to a second object',
    caughtBy: { unit: 'of Complete: the object is found, and nothing is sent' },
  },
  {
    file: 'src-main/providers/s3/sign-in/sso-tokens.ts',
    find: `await writeFile(temporaryFile, text, { mode: 0o600, flag: 'wx' });
    await chmod(temporaryFile, 0o600);
    await rename(temporaryFile, file);`,
    replace: `await chmod(path.dirname(file), 0o755);
await writeFile(file, text);
await rename(file, file);`,
    breaks: 'the sign-in that is shared with the AWS tools can be read by every user of the computer',
    caughtBy: { unit: 'one that has ended is renewed and written back' },
  },
  {
    file: 'src-main/providers/s3/sign-out.ts',
    find: `candidate !== undefined &&
  (candidate.accessToken === other.accessToken || (candidate.clientId !== undefined && candidate.clientId === other.clientId));`,
    replace: 'candidate !== undefined && (candidate.accessToken === other.accessToken);',
    breaks: 'a destination whose shared sign-in was renewed since is signed out with the other one',
    caughtBy: { unit: 'not while another destination has the same sign-in, also one that was renewed since' },
  },
  {
    file: 'src-main/providers/s3/upload-context.ts',
    find: '({ abortSignal: abortSignal, onSlowDown });',
    replace: '({ abortSignal: abortSignal, onSlowDown: onSlowDown && undefined });',
    breaks:
      'a store that asks for fewer requests gets as many as before, as long as the second sending of each is heard',
    caughtBy: { unit: 'sends four parts of a large file at once, and two after the store asked for fewer' },
  },
  {
    file: 'src-main/providers/s3/stream.ts',
    find: 'await transfer.onCheckpoint({ v: 1, bucket, ...reservation });',
    replace: '',
    breaks: 'what a pipe that breaks off had sent stays at the store',
    caughtBy: { unit: 'that breaks off fails once' },
  },
  {
    file: 'src-main/providers/s3/driver.ts',
    find: 'if (isClockSkewError(cause)) return createUpload();',
    replace: '',
    breaks: 'with a clock that is wrong by half an hour no destination can be set up',
    caughtBy: { unit: 'a clock that is wrong by 20 min' },
  },
  {
    file: 'src-main/providers/s3/sign-in/mfa.ts',
    find: "rejection = 'wrong';",
    replace: '',
    breaks: 'a code that was refused is asked for again without a word about it',
    caughtBy: { unit: 'a wrong one, one that was used and what is no code are asked for again' },
  },
];
