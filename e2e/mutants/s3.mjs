/** @type {import('../../scripts/mutants/lists.mjs').MutantEntry[]} */
export const mutants = [
  {
    file: 'src-main/providers/s3/link-example.ts',
    find: 'return found && applyProfileDefaults(settings, found);',
    replace: 'return settings;',
    breaks: 'the preview shows a link at Amazon although the AWS profile names another endpoint',
    caughtBy: { unit: 'the example link has the endpoint of its AWS profile, as the link of an upload' },
  },
  {
    file: 'src-main/providers/s3/sign-in/role-cache.ts',
    find: '|| rejectedTokens?.has(SessionToken)',
    replace: '',
    breaks: 'cached keys of a role that the store refuses are used until they expire',
    caughtBy: { unit: 'is replaced when the store refuses its credentials' },
  },
  {
    file: 'src-main/providers/s3/sign-in/profile-credentials.ts',
    find: 'if (!cache.isUsed || !(cause instanceof Error) || !refusedKeys.has(cause.name)) throw cause;',
    replace: 'throw cause;',
    breaks: 'a role whose source role was revoked fails until the cached keys expire',
    caughtBy: { unit: 'is replaced when the store refuses its credentials' },
  },
  {
    file: 'src-main/providers/s3/sign-in/role-cache.ts',
    find: "entries.join(', ')",
    replace: "entries.join(',')",
    breaks: 'the AWS command line does not find the keys that Hoist caches',
    caughtBy: { unit: 'has the file names of botocore for every parameter of a profile' },
  },
  {
    file: 'src-main/providers/s3/error-table.ts',
    find: `{
    namePattern: /^AccessDenied/,
    messagePattern: /BlockPublicA|block public access|PutObjectAcl|access control list/i,
    meaning: meaning('rejected', 'acl', 'acl'),
  },`,
    replace: '',
    breaks: 'a bucket that allows no public objects is reported as a problem of the access key',
    caughtBy: { unit: 'has the expected code, field, button and retry policy' },
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
    file: 'src-main/providers/s3/complete-upload.ts',
    find: `if (await isKeyTaken(keyed)) return 'taken';
  try {
    return await send(usesConditionalWrite(keyed) ? { IfNoneMatch: '*' } : {});`,
    replace: `try {
  return await send(store.supportsConditionalWrites && keyed.mark === undefined ? { IfNoneMatch: '*' } : {});`,
    breaks: 'a large file overwrites an object that another client wrote to its key during the upload',
    caughtBy: { unit: 'is not overwritten when another client writes it first' },
  },
  {
    file: 'src-main/providers/s3/discard.ts',
    find: "return isOwnS3Object({ key, mark }, existing) ? existing : 'not ours';",
    replace: "return existing.ContentLength === undefined || mark === undefined ? 'not ours' : existing;",
    breaks: 'canceling or deleting an upload removes an object that another client wrote to the key since',
    caughtBy: { unit: 'removes nothing if another client has replaced the object meanwhile' },
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
    caughtBy: { unit: 'refuses a visit with another state, host, path or method' },
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
    caughtBy: { unit: 'with a key that may not list uploads aborts the upload in the checkpoint' },
  },
  {
    file: 'src-main/providers/s3/links.ts',
    find: 'signingDate: new Date(now + clockOffset),',
    replace: 'signingDate: new Date(now),',
    breaks: 'a link made on a computer whose clock is wrong does not open',
    caughtBy: { unit: 'with a clock that is wrong by 40 minutes, uploads succeed' },
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
    caughtBy: { unit: 'a thousand uploads request a role once and a code once' },
  },
  {
    file: 'src-main/providers/s3/multipart-uploads.ts',
    find: 'if (page.IsTruncated !== true || !(next > after)) return;',
    replace: 'if (page.IsTruncated !== undefined || !(next > after)) return;',
    breaks: 'only the first page of a long list of parts is read, so the rest of a large file is sent again',
    caughtBy: { unit: 'reads all pages of the list of parts' },
  },
  {
    file: 'src-main/providers/s3/driver.ts',
    find: 'await ports.saveRenewed?.({ region });',
    replace: 'await Promise.resolve();',
    breaks: 'a detected region is not saved, so each process detects it again',
    caughtBy: { unit: 'saves the detected region once, and only after a success' },
  },
  {
    file: 'src-main/providers/s3/driver.ts',
    find: "supportsConditionalWrites: settings.store.condition !== 'none',",
    replace: 'supportsConditionalWrites: true,',
    breaks: 'Google’s store gets a condition that it ignores, so an existing object is overwritten',
    caughtBy: { unit: 'gets no conditional header and no x-goog header' },
  },
  {
    file: 'src-main/providers/s3/index.ts',
    find: "help: 's3.pathStyle.help',",
    replace: "help: 's3.pathStyle.help', initial: 'false',",
    breaks: 'a self-hosted server without a host name per bucket cannot be set up',
    caughtBy: { unit: 'no preset and no initial value chooses a style' },
  },
  {
    file: 'src-main/providers/s3/location-settings.ts',
    find: "return parseToggle(values.pathStyle) ?? readAddressInput(values).pathStyle ?? store.pathStyle === 'needed';",
    replace: "return parseToggle(values.pathStyle) ?? store.pathStyle === 'needed';",
    breaks: 'the path style that a pasted address shows is lost',
    caughtBy: { unit: 'before and after the values are saved' },
  },
  {
    file: 'src-main/providers/s3/parsed-address.ts',
    find: "return path.endsWith('/') || !isFileName(segments.at(-1) ?? '') ? segments : segments.slice(0, -1);",
    replace: 'return segments;',
    breaks: 'the pasted address of a file becomes a folder',
    caughtBy: { unit: 'is understood: ' },
  },
  {
    file: 'src-main/providers/s3/location-settings.ts',
    find: 'const hasRejectedAddress = reportRejectedAddresses(values, report);',
    replace: 'const hasRejectedAddress = false;',
    breaks: 'an address that leads to no bucket becomes a bucket name or an endpoint',
    caughtBy: { unit: 'is refused with the reason at its field' },
  },
  {
    file: 'src-main/providers/s3/upload-context.ts',
    find: "if (sentKind !== 'crc32' || sdkErrorStatus(cause) !== 501) return false;",
    replace: 'if (cause !== undefined) return false;',
    breaks: 'a store that refuses CRC32 gets no file',
    caughtBy: { unit: 'and Content-MD5 after it answered 501 once' },
  },
  {
    file: 'src-main/providers/s3/measured-features.ts',
    find: "...(lacks('ifNoneMatch') ? { condition: 'none' as const } : {}),",
    replace: '',
    breaks: 'an upload relies on a condition that the store is known to ignore',
    caughtBy: { unit: 'lets later uploads check the key themselves if the store ignores conditions' },
  },
  {
    file: 'src-main/providers/s3/content-headers.ts',
    find: "const disposition = scriptableTypes.test(mediaType) && !showsPages ? 'attachment' : 'inline';",
    replace: "const disposition = 'inline';",
    breaks: 'an uploaded page runs its scripts under the storage’s address when the link is opened',
    caughtBy: { unit: 'instead of running it' },
  },
  {
    file: 'src-main/providers/s3/complete-upload.ts',
    find: "if (contradicts(answer)) throw failure('corrupted');",
    replace: '',
    breaks: 'an object whose parts the store joined wrongly is shown as done',
    caughtBy: { unit: 'makes the upload fail, and the next attempt checks the object' },
  },
  {
    file: 'src-main/providers/s3/put-parts.ts',
    find: 'keyed.progress.addStored(part.range.length);',
    replace: '',
    breaks: 'the row of a paused upload does not show how many bytes are stored',
    caughtBy: { e2e: 'a paused upload shows the stored bytes' },
  },
  {
    file: 'src-main/providers/s3/client.ts',
    find: '!(await credentials.renew?.(rejected))',
    replace: 'credentials.renew !== undefined',
    breaks: 'an upload fails when its keys expire, although new ones are available',
    caughtBy: {
      unit: 'fails with the service’s error and keeps the stored parts if the service issues no new keys',
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
    caughtBy: { unit: 'gets presigned links for a week' },
  },
  {
    file: 'src-main/providers/s3/driver.ts',
    find: "if (promptMode === 'background') await credentials.ensureWithoutPrompt?.();",
    replace: '',
    breaks: 'a background check asks the user for a code',
    caughtBy: {
      unit: 'fails in a background check until the user has entered a code in another check',
    },
  },
  {
    file: 'src-main/providers/s3/resume.ts',
    find: "return verdict === 'unknown' ? recordedChecksum !== undefined && recordedChecksum === formatChecksums(expected) : verdict === 'same';",
    replace: "return verdict !== 'other' || recordedChecksum !== undefined;",
    breaks: 'the old object counts as done although the file was edited after its upload',
    caughtBy: { unit: 'the resumed upload of a changed file replaces the object' },
  },
  {
    file: 'src-main/providers/s3/resume.ts',
    find: 'const adopted = checkpoint.size !== undefined && plan.count === 1 ? undefined : await adoptOpenUpload(keyed, plan);',
    replace: 'const adopted = checkpoint.size !== undefined ? undefined : await adoptOpenUpload(keyed, plan);',
    breaks: 'a multipart upload stays at the store when the response to Create was lost',
    caughtBy: { unit: 'the resumed upload adopts the upload that the request opened, with the same key' },
  },
  {
    file: 'src-main/providers/s3/put-parts.ts',
    find: "const matched = sum && compareChecksums(sum, storedPart, 'md5') === 'same' ? toUploadedPart(number, storedPart.ETag, sum) : undefined;",
    replace: 'const matched = sum ? toUploadedPart(number, storedPart.ETag, sum) : undefined;',
    breaks: 'a stored part is reused although the file has changed, so the object mixes two versions',
    caughtBy: { unit: 'sends a stored part again only if its bytes in the file changed' },
  },
  {
    file: 'src-main/providers/s3/bucket-policy.ts',
    find: "const resource = `arn:${awsPartition(settings)}:s3:::${bucket}/${prefix === '' ? '' : `${prefix}/`}*`;",
    replace: 'const resource = `arn:${awsPartition(settings)}:s3:::${bucket}/*`;',
    breaks: 'the policy for a folder opens the whole bucket',
    caughtBy: { unit: 'prints the policy that allows anonymous reads' },
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
    caughtBy: { unit: 'runs without a shell and gets shell syntax as plain arguments' },
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
    breaks: 'a bucket is never found when Hoist guessed the wrong region',
    caughtBy: { unit: 'is checked with a second request in the right region' },
  },
  {
    file: 'src-main/providers/s3/upload.ts',
    find: 'if (!isUploadGone(cause) || context.progress.restarts > 0 || context.transfer.signal.aborted) throw cause;',
    replace:
      'if (!isUploadGone(cause) || context.progress.restarts > 3 || context.transfer.signal.aborted) throw cause;',
    breaks: 'a file is sent repeatedly to a store that loses every upload',
    caughtBy: { unit: 'restarts only once: the upload fails if the store loses it again' },
  },
  {
    file: 'src-main/providers/s3/resume.ts',
    find: `const existing =
    storedParts === 'not-found' ? await headOwnObject(keyed, checkpoint.sum === undefined ? [] : store.recheckDelaysMs) : undefined;`,
    replace:
      "const existing = storedParts === 'refused' ? await headOwnObject(keyed, checkpoint.sum === undefined ? [] : store.recheckDelaysMs) : undefined;",
    breaks: 'after a lost response to Complete, the whole file is sent again as a second object',
    caughtBy: { unit: 'the resumed upload finds the object and sends nothing' },
  },
  {
    file: 'src-main/providers/s3/sign-in/private-file.ts',
    find: `await writeFile(temporaryFile, text, { mode: 0o600, flag: 'wx' });
    await chmod(temporaryFile, 0o600);
    await rename(temporaryFile, file);`,
    replace: `await chmod(path.dirname(file), 0o755);
await writeFile(file, text);
await rename(file, file);`,
    breaks: 'every user of the computer can read the sign-in that Hoist shares with the AWS tools',
    caughtBy: { unit: 'renews an expired token once and writes it to a file that only its owner can read' },
  },
  {
    file: 'src-main/providers/s3/sign-out.ts',
    find: `candidate !== undefined &&
  (candidate.accessToken === other.accessToken || (candidate.clientId !== undefined && candidate.clientId === other.clientId));`,
    replace: 'candidate !== undefined && (candidate.accessToken === other.accessToken);',
    breaks: 'signing out one destination also signs out another one whose shared sign-in was renewed since',
    caughtBy: { unit: 'a sign-out keeps the session if another destination uses the same sign-in' },
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
    caughtBy: { unit: 'fails when reading fails, and leaves no data at the store' },
  },
  {
    file: 'src-main/providers/s3/check-destination.ts',
    find: 'if (isClockSkewError(cause)) return createUpload();',
    replace: '',
    breaks: 'no destination can be set up when the clock is wrong by half an hour',
    caughtBy: { unit: 'on a computer whose clock is wrong by 20 min' },
  },
  {
    file: 'src-main/providers/s3/sign-in/mfa.ts',
    find: "rejection = 'wrong';",
    replace: '',
    breaks: 'the prompt does not say that the previous code was refused',
    caughtBy: { unit: 'prompts again after a wrong, a used and an invalid code' },
  },
  {
    file: 'src-main/providers/s3/environment-variables.ts',
    find: "endpoint: ['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL'],",
    replace: "endpoint: ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_S3'],",
    breaks: 'AWS_ENDPOINT_URL counts more than AWS_ENDPOINT_URL_S3',
    caughtBy: { unit: 'uses AWS_ENDPOINT_URL_S3' },
  },
  {
    file: 'src-main/providers/s3/aws-config.ts',
    find: "new Set(['credential_process', ",
    replace: "new Set(['',",
    breaks: 'a credential_process loses the arguments after a #',
    caughtBy: { unit: 'may contain comment characters in commands and paths' },
  },
  {
    file: 'src-main/providers/s3/read-back.ts',
    find: 'if (!existing || !isOwnS3Object(keyed, existing)) return undefined;',
    replace: 'if (!existing) return { $metadata: {}, ContentLength: transfer.source.size };',
    breaks: 'a server that stores nothing counts as a store if it answers every request with 200',
    caughtBy: { unit: 'does not count if nothing is stored' },
  },
  {
    file: 'src-main/providers/s3/client.ts',
    find: '(error instanceof Error && isDamagedDocument(error));',
    replace: 'false;',
    breaks: 'half a response makes an upload fail after all its data was sent',
    caughtBy: { unit: 'half a response to Create is repeated' },
  },
  {
    file: 'src-main/providers/s3/errors.ts',
    find: 'if (isClearStatus(status)) return meaningOfStatus(thrown, status);',
    replace: '',
    breaks: 'the page of a server in front of the store hides that a file is too large',
    caughtBy: { unit: 'means %s and is quoted' },
  },
  {
    file: 'src-main/providers/s3/errors.ts',
    find: "return { ...known, why: 'said' };",
    replace: 'return known;',
    breaks: 'a store that denies access for its own reason is reported as a missing permission to write',
    caughtBy: { unit: 'is quoted' },
  },
  {
    file: 'src-main/providers/s3/setting-meaning.ts',
    find: "return field === 'headers' && found.why !== 'kms' ? meaningBySetting.headers : { ...found, field };",
    replace: 'return meaningBySetting.headers;',
    breaks: 'a wrong key of the encryption field is reported as a wrong header line',
    caughtBy: { unit: 'names the field of a rejected setting' },
  },
];
