import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fixedHosts } from './fixed-hosts.js';
import { complaintOf, runProgram } from './run-program.js';

const probeMs = 10_000;
const runMs = 60_000;

/** A shell that has mounts and a network of its own, its loopback up and the vendors' names in its hosts file. */
const enter = (hostsFile: string, ways: readonly string[]): string[] => [
  'unshare',
  ...ways,
  'sh',
  '-c',
  `ip link set lo up && mount --bind '${hostsFile}' /etc/hosts && exec "$@"`,
  'sh',
];

/** Ways into a namespace: as root, and as anybody where the kernel allows it. */
const waysIn: readonly (readonly string[])[] = [
  ['--mount', '--net'],
  ['--map-root-user', '--mount', '--net'],
];

export type Namespaced =
  | { readonly kind: 'ran'; readonly lines: readonly string[] }
  | { readonly kind: 'none'; readonly because: string };

/**
 * Runs `fixed-hosts.main.js` where the vendors' fixed names lead to the sandbox. Nothing outside the namespace changes.
 * `none` where there is no such namespace.
 */
export async function runWithFixedHosts(
  folder: string,
  caFile: string,
  vendors: readonly string[],
): Promise<Namespaced> {
  const hostsFile = join(folder, 'hosts');
  const lines = fixedHosts.flatMap(({ address, hosts }) => hosts.map((host) => `${address} ${host}`));
  writeFileSync(hostsFile, `${['127.0.0.1 localhost', ...lines].join('\n')}\n`);
  let because = 'no private namespace here';
  for (const ways of waysIn) {
    const probe = await runProgram([...enter(hostsFile, ways), 'true'], {}, probeMs);
    if (probe.exitCode !== 0) {
      because = `no private namespace here: ${complaintOf(probe)}`;
      continue;
    }
    const main = fileURLToPath(new URL('./fixed-hosts.main.js', import.meta.url));
    const result = await runProgram(
      [...enter(hostsFile, ways), process.execPath, main, folder, ...vendors],
      { NODE_EXTRA_CA_CERTS: caFile },
      runMs,
    );
    if (result.exitCode !== 0)
      return {
        kind: 'ran',
        lines: [
          JSON.stringify({ name: 'fixed hosts', report: { kind: 'failed', because: complaintOf(result) } }),
        ],
      };
    return { kind: 'ran', lines: result.stdout.trimEnd().split('\n') };
  }
  return { kind: 'none', because };
}
