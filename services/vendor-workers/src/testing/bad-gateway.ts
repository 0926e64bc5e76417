import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificate } from './tls-vendor.js';

export interface BadGateway {
  readonly origin: string;
  readonly caFile: string;
  close(): Promise<void>;
}

/** A proxy at a vendor's address, over HTTP/2 and HTTP/1.1, that answers everything with a page of its own. */
export async function startBadGateway(): Promise<BadGateway> {
  const { key, certificate } = await makeCertificate();
  const folder = mkdtempSync(join(tmpdir(), 'reveille-gateway-'));
  const caFile = join(folder, 'ca.pem');
  writeFileSync(caFile, certificate);
  const server = createSecureServer({ key, cert: certificate, allowHTTP1: true }, (request, response) => {
    request.resume();
    request.once('end', () => {
      response.writeHead(502, { 'content-type': 'text/html' });
      response.end('<html>Bad gateway</html>');
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    origin: `https://127.0.0.1:${port}`,
    caFile,
    async close() {
      await new Promise((resolve) => {
        server.close(resolve);
      });
      rmSync(folder, { recursive: true });
    },
  };
}
