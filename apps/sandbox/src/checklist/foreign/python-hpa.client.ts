import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SandboxFixture } from '../../testing/sandbox-fixture.js';
import type { Screen } from '../vendor-bench.js';
import { reportOf, type ForeignClient, type ForeignReport } from './foreign-client.js';
import { complaintOf, runProgram } from './run-program.js';

const installDeadlineMs = 120_000;
const runDeadlineMs = 20_000;

interface PythonResult {
  readonly code?: string;
  readonly reason?: string;
  readonly requestId?: string;
  readonly error?: string;
}

/** The package hpa, fetched where Python is. */
export function pythonHpaClient(fixture: SandboxFixture): ForeignClient {
  return { name: 'hpa 1.0.0 (Python), by its server addresses', run: () => run(fixture) };
}

async function run(fixture: SandboxFixture): Promise<ForeignReport> {
  const source = fileURLToPath(new URL('../../../foreign/python-hpa', import.meta.url));
  const packages = join(fixture.folder, 'python-hpa');
  const pip = ['python3', '-m', 'pip', 'install', '--quiet', '--target', packages];
  const requirements = join(source, 'requirements.txt');
  const install = await runProgram([...pip, '-r', requirements], {}, installDeadlineMs);
  if (install.exitCode !== 0)
    return { kind: 'skipped', because: `Python cannot fetch it here: ${complaintOf(install)}` };
  const account = await fixture.control.post<{
    settings: { endpoint: string; tokenEndpoint: string; appId: string };
    credential: string;
  }>('/accounts', { vendor: 'huawei', app: 'abroad', bundle: 'org.example.abroad' });
  const { endpoint, tokenEndpoint, appId } = account.settings;
  const { client_secret: secret } = JSON.parse(account.credential) as { client_secret: string };
  const phone = await phoneOf(fixture);
  const gone = await phoneOf(fixture);
  await fixture.control.delete(`/phones/${gone.phoneId}/app`);
  const program = ['python3', join(source, 'main.py')];
  const command = [...program, tokenEndpoint, endpoint, appId, secret, phone.token, gone.token];
  const result = await runProgram(command, { PYTHONPATH: packages }, runDeadlineMs);
  if (result.exitCode !== 0) return { kind: 'failed', because: complaintOf(result) };
  const [accepted, partly, refused] = JSON.parse(result.stdout) as PythonResult[];
  const screen = await fixture.control.get<Screen>(`/phones/${phone.phoneId}/lock-screen`);
  const [shown] = screen.notifications;
  return reportOf('a push shown, one of two tokens reported as illegal, a dead one alone refused', {
    'the push is accepted': accepted?.code === '80000000' && accepted.requestId !== '',
    'the phone shows it, and its repeat in its place':
      screen.notifications.length === 1 && shown?.title === 'Python' && shown.shownCount === 2,
    'one of two is illegal': partly?.code === '80100000' && partly.reason?.includes(gone.token) === true,
    // It looks into no body whose status is not 200.
    'the dead token alone is refused': refused?.error?.includes('http status code is 400') === true,
  });
}

async function phoneOf({
  control,
}: SandboxFixture): Promise<{ readonly phoneId: string; readonly token: string }> {
  const { phoneId } = await control.post<{ phoneId: string }>('/phones', { vendor: 'huawei', app: 'abroad' });
  return control.post(`/phones/${phoneId}/token`);
}
