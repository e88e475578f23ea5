/** Errors about the values in a form or in a setup command, shown next to the field. */
export const formErrorTexts = {
  'error.invalid-input.what': 'This setting isn’t valid.',
  'error.invalid-input.remedy': 'Correct the marked field.',

  'error.invalid-input.missing.what': 'Required.',
  'error.invalid-input.notSet.what': 'The setting “{setting}” is missing.',
  'error.invalid-input.choice.what': 'This isn’t one of the choices.',
  'error.invalid-input.number.what': 'Enter a number greater than zero.',

  // where the storage is
  'error.invalid-input.address.what': 'Enter an address such as https://s3.example.com.',
  'error.invalid-input.unencrypted.what': 'Without HTTPS, only servers in your own network can be used.',
  'error.invalid-input.bucket.what': 'A bucket name has 3–63 lowercase letters, digits, dots or hyphens.',
  'error.invalid-input.noBucket.what':
    'This address doesn’t name a bucket; enter the bucket’s name, or the address of its page.',
  'error.invalid-input.tenant.what': 'Enter the bucket without its tenant: only the part after the colon.',
  'error.invalid-input.directoryBucket.what':
    'Directory buckets (S3 Express One Zone) aren’t supported; choose a general purpose bucket.',
  'error.invalid-input.publicAddress.what':
    'This address opens files, but doesn’t name the bucket; paste the S3 endpoint, and enter this as the public address.',
  'error.invalid-input.consolePage.what':
    'This page of the console doesn’t name the endpoint; copy the S3 endpoint that the console shows for the bucket.',
  'error.invalid-input.accessPoint.what': 'Access points aren’t supported; enter the bucket itself.',
  'error.invalid-input.otherArn.what': 'This isn’t the ARN of a bucket; it looks like arn:aws:s3:::my-bucket.',
  'error.invalid-input.partition.what':
    'Hoist doesn’t know this AWS partition; enter the bucket’s name, its region and its S3 endpoint.',
  'error.invalid-input.swift.what': 'This is an address of the Swift API; enter the bucket and its S3 endpoint.',
  'error.invalid-input.cosBucket.what': 'The bucket name ends with the number of the account, as in photos-1250000000.',
  'error.invalid-input.region.what': 'Enter a region such as eu-central-1.',
  'error.invalid-input.regionNeeded.what': 'The endpoint needs a region such as eu-central-1.',
  'error.invalid-input.endpointNeeded.what': 'Enter the S3 endpoint that the console shows for this bucket.',
  'error.invalid-input.braces.what': 'Replace the part in braces with your own value.',
  'error.invalid-input.folder.what': 'A folder has no “..”, no backslashes and at most 512 bytes.',
  'error.invalid-input.combination.what': 'This endpoint doesn’t work with the other settings.',
  'error.invalid-input.variantElsewhere.what':
    'Only Amazon’s own endpoints support this; leave the endpoint empty, or choose the standard endpoint.',
  'error.invalid-input.fipsRegion.what': 'FIPS endpoints exist only in the USA and Canada.',
  'error.invalid-input.accelerateRegion.what':
    'Transfer acceleration isn’t available in China, GovCloud and the European Sovereign Cloud.',
  'error.invalid-input.accelerateDots.what':
    'Transfer acceleration doesn’t work with a bucket that has dots in its name.',
  'error.invalid-input.acceleratePath.what':
    'Transfer acceleration doesn’t work with path-style addresses; turn them off.',

  // keys and sign-ins
  'error.invalid-input.key.what': 'This isn’t a valid key; copy it again from the page that shows it.',
  'error.invalid-input.falKey.what': 'This isn’t a fal.ai key; it has two halves separated by a colon.',
  'error.invalid-input.tokenNeeded.what': 'A key that begins with ASIA is temporary and needs its session token.',
  'error.invalid-input.profile.what': 'This isn’t a valid profile name.',
  'error.invalid-input.profileLocation.what': 'The region or the endpoint of the AWS profile “{profile}” isn’t valid.',
  'error.invalid-input.noSession.what': 'The AWS profile “{profile}” doesn’t sign in with IAM Identity Center.',
  'error.invalid-input.signIn.what': 'Sign in first.',
  'error.invalid-input.account.what': 'An account ID has twelve digits.',
  'error.invalid-input.role.what': 'This isn’t a valid role name.',
  'error.invalid-input.startUrl.what': 'Enter a start URL such as https://example.awsapps.com/start.',
  'error.invalid-input.ssoStart.what': 'You can’t sign in at this start URL in this region.',
  'error.invalid-input.linksUnchanged.what': 'You didn’t confirm the change of the links.',
  'error.invalid-input.linksUnchanged.remedy': 'Save again and confirm it, or undo the change.',
  'error.invalid-input.linksNeedKey.what':
    'Links that expire need a key; choose links that don’t expire, or another way to sign in.',

  // links and headers
  'error.invalid-input.days.what': 'A link can work for 1 to 7 days.',
  'error.invalid-input.baseUrl.what': 'Enter the public address of this bucket, such as https://files.example.com.',
  'error.invalid-input.linkParts.what': 'Only key, key-encoded, bucket and host are allowed in braces.',
  'error.invalid-input.aclWrite.what': 'With public-read-write, anyone could replace your files; choose public-read.',
  'error.invalid-input.headerLine.what': 'Each line needs a name, a colon and a value.',
  'error.invalid-input.headerName.what': 'These headers can’t be sent: {names}.',
  'error.invalid-input.headerValue.what': 'Only ASCII letters, digits and symbols can be sent here.',
  'error.invalid-input.storageClass.what': 'Enter a storage class such as STANDARD_IA.',
  'error.invalid-input.archived.what':
    'Files of this storage class don’t open until they are restored, so no link would work.',

  // proxy and certificate
  'error.invalid-input.proxy.what': 'Enter a proxy address such as http://proxy.example.com:8080.',
  'error.invalid-input.proxyVariable.what': 'The environment variable {variable} doesn’t contain a proxy address.',
  'error.invalid-input.proxyVariable.remedy': 'Set {variable} to an address such as http://proxy.example.com:8080.',
  'error.invalid-input.login.what': 'Enter the user name and the password of the proxy in their own fields.',
  'error.invalid-input.pac.what': 'This file contains no proxy configuration.',
  'error.invalid-input.certificate.what':
    'This isn’t a certificate; a certificate begins with -----BEGIN CERTIFICATE-----.',
  'error.invalid-input.caFile.what': 'The file in {variable} can’t be read or contains no certificate.',
  'error.invalid-input.caFile.remedy': 'Set {variable} to a file with PEM certificates, or remove the setting.',
  'error.invalid-input.privateKey.what': 'This is a private key; only the certificate is needed.',

  // name templates
  'error.invalid-input.nameUnknown.what':
    '{names} isn’t known; use date, time, name, stem, ext, hash, random, uuid, profile or folder.',
  'error.invalid-input.nameOpen.what': 'A brace is opened but not closed.',
  'error.invalid-input.nameClosed.what': 'A brace is closed but not opened.',
  'error.invalid-input.nameFormat.what':
    'The format after the colon in {names} isn’t known; write dates as yyyy-MM-dd and times as HH-mm-ss.',
  'error.invalid-input.nameCount.what': '{names} takes a number from 1 to 64.',
  'error.invalid-input.nameDots.what': 'A path can’t have “.” or “..” as a folder.',
  'error.invalid-input.nameCharacter.what': 'A path can’t have backslashes, line breaks or invisible characters.',
  'error.invalid-input.nameSame.what': 'All files would get the same name; add the name, a hash or a random part.',
  'error.invalid-input.nameLong.what': 'This is too long.',
  'error.invalid-input.nameEmpty.what': 'Required.',
  'error.invalid-input.nameSlash.what': 'A name can’t have slashes.',
} as const;
