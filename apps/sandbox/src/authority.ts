import 'reflect-metadata';
import { createPrivateKey, webcrypto, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from './sandbox-clock.js';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const dayMs = 86_400_000;
/** Some platforms refuse server certificates that live longer than 825 days. */
const serverCertificateDays = 800;
const authorityDays = 3_650;

const loopbackName = 'localhost';
/** Its name where the town runs in containers. */
const containerName = 'sandbox';

export interface ServerIdentity {
  readonly key: string;
  readonly certificate: string;
  /** What a client must trust. */
  readonly caFile: string;
}

/**
 * The sandbox's own certificate authority and the certificate it serves with, made at the first start in `folder` and
 * used again afterwards. Nothing outside the folder is asked to trust it. `hosts` are the names under which providers look for the
 * vendors.
 */
export async function openServerIdentity(
  folder: string,
  hosts: readonly string[],
  clock: Clock,
): Promise<ServerIdentity> {
  const names = [...hosts, loopbackName, containerName];
  const path = (name: string): string => join(folder, name);
  mkdirSync(folder, { recursive: true });
  const isThere = ['ca.pem', 'server.key.pem', 'server.pem'].every((name) => existsSync(path(name)));
  if (!isThere || isOutdated(readFileSync(path('server.pem'), 'utf8'), names, clock.now()))
    await makeIdentity(path, names, clock.now());
  return {
    key: readFileSync(path('server.key.pem'), 'utf8'),
    certificate: readFileSync(path('server.pem'), 'utf8'),
    caFile: path('ca.pem'),
  };
}

function isOutdated(pem: string, names: readonly string[], now: number): boolean {
  const certificate = new X509Certificate(pem);
  const lacksName = names.some((name) => certificate.checkHost(name) === undefined);
  return lacksName || certificate.validToDate.getTime() < now + dayMs;
}

async function makeIdentity(
  path: (name: string) => string,
  names: readonly string[],
  now: number,
): Promise<void> {
  const x509 = await import('@peculiar/x509');
  const { subtle } = webcrypto;
  const caKeys = await subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const serverKeys = await subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const instant = (days: number): Date => new Date(now + days * dayMs);
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: 'CN=Reveille sandbox authority',
    notBefore: instant(-1),
    notAfter: instant(authorityDays),
    signingAlgorithm: algorithm,
    keys: caKeys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  });
  const server = await x509.X509CertificateGenerator.create({
    serialNumber: '02',
    subject: 'CN=Reveille sandbox',
    issuer: ca.subject,
    notBefore: instant(-1),
    notAfter: instant(serverCertificateDays),
    signingAlgorithm: algorithm,
    publicKey: serverKeys.publicKey,
    signingKey: caKeys.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        ...names.map((value) => ({ type: 'dns' as const, value })),
        { type: 'ip' as const, value: '127.0.0.1' },
      ]),
      await x509.AuthorityKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  });
  const key = createPrivateKey({
    key: Buffer.from(await subtle.exportKey('pkcs8', serverKeys.privateKey)),
    format: 'der',
    type: 'pkcs8',
  });
  writeFileSync(path('ca.pem'), `${ca.toString('pem')}\n`);
  writeFileSync(path('server.pem'), `${server.toString('pem')}\n`);
  writeFileSync(path('server.key.pem'), key.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });
}
