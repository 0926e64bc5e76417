import type { Plant } from './plant.ts';

const lintFile = 'bench/src/planted-lint.ts';
const lintedSpec = 'packages/bus/src/planted-lint.unit.spec.ts';
const productFile = 'packages/bus/src/planted-console.ts';

/** Each line breaks the rule that stands before it. */
const lintLines: readonly (readonly [rule: string, line: string])[] = [
  ['eqeqeq', 'export const alike = (a: number, b: number) => a == b;'],
  ['no-empty', 'export function nothing(flag: boolean) { if (flag) { } }'],
  ['no-var', 'export var old = 1;'],
  ['prefer-const', 'export function steady() { let one = 1; return one; }'],
  ['await-thenable', 'export const waits = async () => { await 1; };'],
  ['no-explicit-any', 'export const anything = (value: any) => value;'],
  ['no-floating-promises', 'Promise.resolve();'],
  [
    'no-misused-promises',
    'export const each = (list: number[]) => list.forEach(async () => Promise.resolve());',
  ],
  ['only-throw-error', "export const shout = () => { throw 'no'; };"],
  ['prefer-promise-reject-errors', "export const refused = () => Promise.reject('no');"],
  [
    'return-await',
    'export const tried = async () => { try { return Promise.resolve(1); } catch { return 2; } };',
  ],
  [
    'switch-exhaustiveness-check',
    "export const half = (kind: 'a' | 'b') => { switch (kind) { case 'a': return 1; } return 2; };",
  ],
];

const lintFiles = { [lintFile]: `${lintLines.map(([, line]) => line).join('\n')}\n` };

const lintedSpecs = {
  [lintedSpec]: [
    "import { expect, it } from 'vitest';",
    "it('expects nothing of it', () => { expect(1); });",
    "it('has no expectation', () => {});\n",
  ].join('\n'),
};

const lintPlants: readonly Plant[] = [
  ...lintLines.map(([rule]) => ({ rule, step: 'lint', files: lintFiles, sees: [lintFile, `(${rule})`] })),
  {
    rule: 'no-console',
    step: 'lint',
    files: { [productFile]: "console.log('planted');\n" },
    sees: [productFile, '(no-console)'],
  },
  {
    rule: 'valid-expect',
    step: 'lint',
    files: lintedSpecs,
    sees: [lintedSpec, '(valid-expect)'],
  },
  { rule: 'expect-expect', step: 'lint', files: lintedSpecs, sees: [lintedSpec, '(expect-expect)'] },
];

/** What formatter, compiler, linter, test runner and generator must catch. */
export const toolPlants: readonly Plant[] = [
  ...lintPlants,
  {
    rule: 'format',
    step: 'format',
    files: { 'bench/src/planted-format.ts': 'export const  wide =   1\n' },
    sees: ['- bench/src/planted-format.ts'],
  },
  {
    rule: 'types',
    step: 'types',
    files: { 'bench/src/planted-type.ts': "export const planted: number = 'one';\n" },
    sees: ['bench/src/planted-type.ts', 'error TS2322'],
  },
  {
    rule: 'types of scripts',
    step: 'types of scripts',
    files: { 'scripts/planted-type.ts': "export const planted: number = 'one';\n" },
    sees: ['planted-type.ts', 'error TS2322'],
  },
  {
    rule: 'generated files',
    step: 'generated files',
    files: { 'packages/contracts/generated/openapi.json': '{}\n' },
    sees: ['stale', 'openapi.json'],
  },
  {
    rule: 'catalogue',
    step: 'catalogue',
    files: { 'packages/contracts/fixtures/message-accepted': null },
    sees: ['FAIL', 'fixtures.unit.spec.ts'],
  },
  {
    rule: 'unit tests',
    step: 'unit tests',
    files: {
      'packages/bus/src/planted-red.unit.spec.ts':
        "import { describe, expect, it } from 'vitest';\ndescribe('the colour', () => {\n  it('is red', () => {\n    expect(1).toBe(2);\n  });\n});\n",
    },
    sees: [
      'packages/bus/src/planted-red.unit.spec.ts > the colour > is red: AssertionError: expected 1 to be 2',
    ],
  },
];

/** What knip must catch. */
export const deadCodePlants: readonly Plant[] = [
  {
    rule: 'dead file',
    step: 'dead code',
    files: { 'services/gateway/src/planted-dead.ts': 'export const planted = 1;\n' },
    sees: ['services/gateway/src/planted-dead.ts'],
  },
  {
    rule: 'dead export',
    step: 'dead code',
    files: {
      'e2e/src/planted-half-dead.ts': 'export const alive = 1;\nexport const plantedAndDead = 2;\n',
      'e2e/src/planted.e2e.ts': "import { alive } from './planted-half-dead.js';\nconsole.log(alive);\n",
    },
    sees: ['plantedAndDead', 'planted-half-dead.ts'],
  },
  {
    rule: 'unlisted dependency',
    step: 'dead code',
    files: { 'e2e/src/planted-unlisted.e2e.ts': "import 'planted-library';\n" },
    sees: ['planted-library'],
  },
];
