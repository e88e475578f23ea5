/** Redirects the service's real host names to the server; the certificate exists only in this file. */
import { startHostProxy } from '../host-proxy.ts';

/** The certificate that a destination has to trust. */
export const falCertificate = `-----BEGIN CERTIFICATE-----
MIIBtDCCAVqgAwIBAgIUKfwHwlsdX5c1rtX8vT6S5RaBjkcwCgYIKoZIzj0EAwIw
EzERMA8GA1UEAwwIZmFsLnRlc3QwIBcNMjYxMTI4MjEwODA0WhgPMjEyNjExMDQy
MTA4MDRaMBMxETAPBgNVBAMMCGZhbC50ZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0D
AQcDQgAE28VEw/b3fQLXUE/3+OcWz+MQcThW7sa0UpSBpTBjIFqY0xShhb+Ou4Gy
WtHJPQB8ejvhmay1QYpZ8KXmvKIYnKOBiTCBhjAdBgNVHQ4EFgQUksntX9fe/L/C
iWi3KxUYy0sS4G4wHwYDVR0jBBgwFoAUksntX9fe/L/CiWi3KxUYy0sS4G4wMwYD
VR0RBCwwKoIGZmFsLmFpgggqLmZhbC5haYIJZmFsLm1lZGlhggsqLmZhbC5tZWRp
YTAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIEQi9RGXTPPEmy6M
ZnPTHF1N8KRkC2xEU4n26O5DV6+wAiEAvf52FwStggXjtLDqiXo3TuJY+f5WzNef
KmawQ8KxK6Q=
-----END CERTIFICATE-----`;

const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgNMiZ0ICcbaHjU33H
ZQUZ0/jO6Pyls/VxpxXSQvMcxMKhRANCAATbxUTD9vd9AtdQT/f45xbP4xBxOFbu
xrRSlIGlMGMgWpjTFKGFv467gbJa0ck9AHx6O+GZrLVBilnwpea8ohic
-----END PRIVATE KEY-----`;

const isFalHost = (host: string): boolean => /(^|\.)fal\.(ai|media)$/.test(host);

/** @param upstream the server's address */
export const startFalHostProxy = (upstream: string): ReturnType<typeof startHostProxy> =>
  startHostProxy({ upstream, isServedHost: isFalHost, pair: { cert: falCertificate, key } });
