import type { Plant } from './plant.ts';

const outbound = 'services/gateway/src/outbound';

function word(rule: string, path: string, text: string): Plant {
  return { rule, step: 'words', files: { [path]: text }, sees: [` ${rule}:`, path] };
}

/** Put together here, so that this file keeps the rule that it plants against. */
const somebodysFolder = ['', 'home', 'somebody', 'notes.txt'].join('/');

export const wordPlants: readonly Plant[] = [
  word('env-in-chassis', `${outbound}/planted-env.ts`, "export const mode = process.env['MODE'];\n"),
  word('clock-in-chassis', `${outbound}/planted-clock.ts`, 'export const now = () => Date.now();\n'),
  word(
    'subjects-in-contracts',
    `${outbound}/planted-subject.ts`,
    'export const subject = (app: string) => `im.live.${app}`;\n',
  ),
  word('no-index-file', 'packages/bus/src/index.ts', "export { connectBus } from './connect.js';\n"),
  word('no-default-export', `${outbound}/planted-default.ts`, 'export default 1;\n'),
  word('no-vague-names', `${outbound}/planted-helpers.ts`, 'export const planted = 1;\n'),
  word(
    'no-sleep-in-spec',
    `${outbound}/planted-sleep.unit.spec.ts`,
    'await new Promise((resolve) => setTimeout(resolve, 100));\n',
  ),
  word(
    'no-module-mock',
    `${outbound}/planted-mock.unit.spec.ts`,
    "import { vi } from 'vitest';\nvi.mock('./planted-env.js');\n",
  ),
  word('long-file', `${outbound}/planted-long.ts`, 'export {};\n'.repeat(300)),
  word('no-private-words', 'docs/planted.md', `See ${somebodysFolder}.\n`),
];
