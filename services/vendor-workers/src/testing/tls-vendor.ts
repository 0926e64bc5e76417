import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import {
  createSecureServer,
  type Http2SecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { VendorRequest } from '../vendor.js';

export interface TlsVendor {
  readonly origin: string;
  readonly caFile: string;
  readonly server: Http2SecureServer;
  readonly sessions: readonly ServerHttp2Session[];
  /** Resolves when the condition holds; checked at each event of the server, rejects after 30 s. */
  until(condition: () => boolean): Promise<void>;
  close(): Promise<void>;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** A certificate for 127.0.0.1 that is its own authority, made for this run. */
export async function makeCertificate(): Promise<{ key: string; certificate: string }> {
  const x509 = await import('@peculiar/x509');
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: 'CN=127.0.0.1',
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.SubjectAlternativeNameExtension([
        { type: 'ip', value: '127.0.0.1' },
        { type: 'dns', value: 'localhost' },
      ]),
    ],
  });
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  const key = `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`;
  return { key, certificate: certificate.toString('pem') };
}

/** A bare HTTP/2 server over TLS on loopback: the test decides what becomes of each stream. */
export async function startTlsVendor(
  onStream: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, body: Buffer) => void,
  options: { readonly maxConcurrentStreams?: number; readonly waitsForBody?: boolean } = {},
): Promise<TlsVendor> {
  const { key, certificate } = await makeCertificate();
  const folder = mkdtempSync(join(tmpdir(), 'reveille-vendor-'));
  const caFile = join(folder, 'ca.pem');
  writeFileSync(caFile, certificate);
  const server = createSecureServer({
    key,
    cert: certificate,
    settings: { maxConcurrentStreams: options.maxConcurrentStreams ?? 1_000 },
  });
  const sessions: ServerHttp2Session[] = [];
  const changed = new EventTarget();
  const note = () => changed.dispatchEvent(new Event('change'));
  server.on('session', (session) => {
    sessions.push(session);
    session.on('error', note);
    session.on('close', note);
    note();
  });
  server.on('stream', (stream, headers) => {
    stream.on('error', note);
    if (options.waitsForBody === false) {
      onStream(stream, headers, Buffer.alloc(0));
      note();
      return;
    }
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      onStream(stream, headers, Buffer.concat(chunks));
      note();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    origin: `https://127.0.0.1:${port}`,
    caFile,
    server,
    sessions,
    until: (condition) =>
      new Promise((resolve, reject) => {
        const deadline = setTimeout(
          () => reject(new Error('the condition did not come true in 30 s')),
          30_000,
        );
        const check = () => {
          if (!condition()) return;
          clearTimeout(deadline);
          changed.removeEventListener('change', check);
          resolve();
        };
        changed.addEventListener('change', check);
        check();
      }),
    async close() {
      for (const session of sessions) session.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
      rmSync(folder, { recursive: true });
    },
  };
}

/** A request as a vendor room would build it. */
export function requestTo(origin: string, path: string, more: Partial<VendorRequest> = {}): VendorRequest {
  return {
    method: 'POST',
    origin,
    path,
    headers: { 'apns-id': path },
    uniqueHeaders: ['apns-id'],
    body: Buffer.from('{}'),
    connectionKey: 'k',
    isUrgent: false,
    ...more,
  };
}
