// pnpm check:self: plants one violation of each rule in a copy of the project and says which ones are caught.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { checkSteps, unitTests } from './checking/check-steps.ts';
import type { Plant } from './checking/plant.ts';
import { boundaryPlants } from './checking/plants-boundaries.ts';
import { deadCodePlants, toolPlants } from './checking/plants-tools.ts';
import { wordPlants } from './checking/plants-words.ts';
import { projectFiles } from './checking/source-file.ts';
import { wordRules } from './checking/word-rules.ts';
import { projectFolder, runProcess } from './run-process.ts';

const workspaceRoots = ['packages', 'services', 'apps'];

/** The project's files with its installed libraries, without what was built. */
async function copyProject(folder: string): Promise<void> {
  for (const path of projectFiles(projectFolder)) {
    if (!existsSync(join(projectFolder, path))) continue;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(join(projectFolder, path), join(folder, path));
  }
  symlinkSync(join(projectFolder, 'node_modules'), join(folder, 'node_modules'));
  const members = workspaceRoots.flatMap((root) =>
    readdirSync(join(projectFolder, root)).map((name) => join(root, name)),
  );
  for (const member of [...members, 'e2e', 'bench']) {
    const installed = join(member, 'node_modules');
    // Links stay as they are written: relative, so that a workspace package is found in the copy.
    if (existsSync(join(projectFolder, installed)))
      cpSync(join(projectFolder, installed), join(folder, installed), {
        recursive: true,
        verbatimSymlinks: true,
      });
  }
  await runProcess('git', ['init', '--quiet'], { folder, output: 'kept' });
  writeFileSync(join(folder, '.git/info/exclude'), 'node_modules\n');
}

function putInto(folder: string, plants: readonly Plant[]): void {
  for (const plant of plants) {
    for (const [path, text] of Object.entries(plant.files)) {
      if (text === null) rmSync(join(folder, path), { recursive: true });
      else {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), text);
      }
    }
  }
}

/** Plants everything, runs every step that should notice once, and returns the rules that went unnoticed. */
async function unnoticed(plants: readonly Plant[]): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'reveille-self-'));
  try {
    await copyProject(folder);
    putInto(folder, plants);
    const missed: string[] = [];
    for (const step of [...checkSteps, unitTests]) {
      const expected = plants.filter((plant) => plant.step === step.name);
      if (expected.length === 0) continue;
      const { words } = await step.run(folder);
      const lines = words.split('\n');
      for (const { rule, sees } of expected) {
        const isCaught = lines.some((line) => sees.every((word) => line.includes(word)));
        console.log(`${isCaught ? 'caught' : 'MISSED'}  ${step.name}: ${rule}`);
        if (!isCaught) missed.push(rule);
      }
    }
    return missed;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Rules that nothing is planted against: a rule that is not tried is a wish. */
function untriedRules(plants: readonly Plant[]): string[] {
  const load = createRequire(import.meta.url);
  const boundaries = load('../.dependency-cruiser.cjs') as { forbidden: readonly { name: string }[] };
  const lint = load('../.oxlintrc.json') as { rules: Readonly<Record<string, unknown>> };
  const isOn = (setting: unknown): boolean => (Array.isArray(setting) ? setting[0] : setting) === 'error';
  const wanted = [
    ...boundaries.forbidden.map(({ name }) => name),
    ...wordRules.map(({ name }) => name),
    ...Object.entries(lint.rules).flatMap(([name, setting]) =>
      isOn(setting) ? [name.replace(/^.*\//, '')] : [],
    ),
    ...checkSteps.map(({ name }) => name).filter((name) => !plants.some(({ step }) => step === name)),
  ];
  return wanted.filter((rule) => !plants.some((plant) => plant.rule === rule));
}

// Two copies: a stray import would break the build that the generator needs.
const gardens = [toolPlants, [...boundaryPlants, ...wordPlants, ...deadCodePlants]];
const plants = gardens.flat();
const untried = untriedRules(plants);
for (const rule of untried) console.log(`UNTRIED ${rule}`);
let missed = 0;
for (const garden of gardens) missed += (await unnoticed(garden)).length;
console.log(`planted ${plants.length} caught ${plants.length - missed}`);
process.exitCode = missed + untried.length > 0 ? 1 : 0;
