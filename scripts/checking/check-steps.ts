import { join } from 'node:path';
import { projectFolder, runProcess } from '../run-process.ts';
import { runVitest } from '../testing/vitest-tier.ts';

export interface StepEnd {
  readonly isGood: boolean;
  /** What the tool said; shown when the step failed. */
  readonly words: string;
}

export interface CheckStep {
  readonly name: string;
  /** The names of the steps that must have ended well before. */
  readonly after: readonly string[];
  /** Runs the check on a copy of the project, or on the project itself. */
  readonly run: (folder: string) => Promise<StepEnd>;
}

const tool = (name: string): string => join(projectFolder, 'node_modules/.bin', name);

const runs =
  (program: string, ...args: readonly string[]) =>
  async (folder: string): Promise<StepEnd> => {
    const end = await runProcess(program, args, { folder, output: 'kept' });
    return { isGood: end.exitCode === 0, words: end.stdout + end.stderr };
  };

const specs = (...filters: readonly string[]) => {
  return async (folder: string): Promise<StepEnd> => {
    const result = await runVitest('specs', filters, 'kept', folder);
    const isGood = result.failed === 0 && result.passed > 0;
    return { isGood, words: [...result.whatFailed, result.words, ...result.faults].join('\n') };
  };
};

const cruised = ['packages', 'services', 'apps', 'e2e', 'bench', 'scripts'];

/** Everything `pnpm check` looks at. The long ones stand first: two run at a time. */
export const checkSteps: readonly CheckStep[] = [
  { name: 'types', after: [], run: runs(tool('tsc'), '-b') },
  { name: 'lint', after: [], run: runs(tool('oxlint'), '--type-aware', '--format=unix') },
  {
    name: 'boundaries',
    after: [],
    run: runs(tool('depcruise'), '--config', '.dependency-cruiser.cjs', '--output-type', 'err', ...cruised),
  },
  { name: 'dead code', after: [], run: runs(tool('knip'), '--no-progress', '--no-config-hints') },
  {
    name: 'format',
    after: [],
    run: runs(tool('biome'), 'format', '--reporter=summary', '--max-diagnostics=none'),
  },
  { name: 'words', after: [], run: runs(process.execPath, 'scripts/checking/check-words.ts') },
  { name: 'generated files', after: ['types'], run: runs(process.execPath, 'scripts/gen.ts', '--check') },
  { name: 'types of scripts', after: ['types'], run: runs(tool('tsc'), '-p', 'scripts/tsconfig.json') },
  {
    name: 'catalogue',
    after: [],
    run: specs('packages/contracts/src/catalog.unit', 'packages/contracts/src/fixtures.unit'),
  },
];

export const unitTests: CheckStep = { name: 'unit tests', after: [], run: specs('.unit.spec.ts') };
