import 'reflect-metadata';
import { createPrivateKey, webcrypto } from 'node:crypto';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const dayMs = 86_400_000;
let lastSerial = 0;

/** A provider's client certificate, made at run time and signed by nobody else: what counts is that it is registered. */
export async function makeClientCertificate(now: number): Promise<{ key: string; cert: string }> {
  const x509 = await import('@peculiar/x509');
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: String(++lastSerial).padStart(2, '0'),
    name: 'CN=Apple Push Services: org.example.chat',
    notBefore: new Date(now - dayMs),
    notAfter: new Date(now + dayMs),
    signingAlgorithm: algorithm,
    keys,
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })
    .export({ format: 'pem', type: 'pkcs8' })
    .toString();
  return { key, cert: certificate.toString('pem') };
}
