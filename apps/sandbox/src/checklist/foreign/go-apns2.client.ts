import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { reportOf, type ForeignClient, type ForeignReport } from './foreign-client.js';
import type { ProviderDesk } from './provider-desk.js';
import { complaintOf, runProgram } from './run-program.js';

const buildDeadlineMs = 120_000;
const runDeadlineMs = 20_000;

interface GoResult {
  readonly status: number;
  readonly reason: string;
  readonly apnsId: string;
}

/** github.com/sideshow/apns2, built where Go is. */
export function goApns2Client(
  desk: ProviderDesk,
  folder: string,
  port: number,
  caFile: string,
): ForeignClient {
  return {
    name: 'sideshow/apns2 0.25.0 (Go), by its Host field',
    run: () => run(desk, folder, port, caFile),
  };
}

async function run(desk: ProviderDesk, folder: string, port: number, caFile: string): Promise<ForeignReport> {
  const source = fileURLToPath(new URL('../../../foreign/go-apns2', import.meta.url));
  const version = await runProgram(['go', 'version'], {}, runDeadlineMs);
  if (version.exitCode !== 0) return { kind: 'skipped', because: 'Go is not here' };
  const binary = join(folder, 'go-apns2');
  const build = await runProgram(['go', 'build', '-C', source, '-o', binary, '.'], {}, buildDeadlineMs);
  if (build.exitCode !== 0)
    return { kind: 'skipped', because: `Go cannot build it here: ${complaintOf(build)}` };
  const phone = await desk.phone('apns');
  const account = await desk.account('apns');
  const [keyFile, keyId, teamId] = [account.credentialFile, account.text('keyId'), account.text('teamId')];
  const command = [
    binary,
    `https://localhost:${port}`,
    keyFile,
    keyId,
    teamId,
    desk.bundle,
    phone.token,
    await desk.deadToken('apns'),
  ];
  const result = await runProgram(command, { SSL_CERT_FILE: caFile }, runDeadlineMs);
  if (result.exitCode !== 0) return { kind: 'failed', because: complaintOf(result) };
  const [accepted, refused] = JSON.parse(result.stdout) as GoResult[];
  const [shown] = (await desk.screen(phone)).notifications;
  return reportOf('a push shown on the phone, a dead token reported as 410 Unregistered', {
    'the push is accepted': accepted?.status === 200 && accepted.apnsId !== '',
    'the phone shows it': shown?.title === 'Go',
    'the dead token is 410 Unregistered': refused?.status === 410 && refused.reason === 'Unregistered',
  });
}
