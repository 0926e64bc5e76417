import { allScenarios, checklist, e2eScenarios, type Scenario } from './scenarios.ts';

export type Tier =
  | { readonly kind: 'check' }
  | { readonly kind: 'unit' }
  | { readonly kind: 'int' }
  | { readonly kind: 'vendors' }
  | { readonly kind: 'scenario'; readonly scenario: Scenario; readonly args: readonly string[] };

export type Request =
  | { readonly kind: 'help' }
  | { readonly kind: 'refused'; readonly because: string }
  | { readonly kind: 'run'; readonly tiers: readonly Tier[]; readonly timeoutSeconds: number };

const defaultTimeoutSeconds = 900;

const play = (scenario: Scenario, args: readonly string[] = []): Tier => ({
  kind: 'scenario',
  scenario,
  args,
});

/** Everything but the images, in the order in which a fault is cheapest to find. */
function wholeRun(): Tier[] {
  const inWholeRun = allScenarios().filter((scenario) => scenario.name !== 'images');
  return [
    { kind: 'check' },
    { kind: 'unit' },
    { kind: 'int' },
    // With the foreign clients: of them those run that this machine can build.
    ...inWholeRun.map((scenario) => play(scenario, scenario === checklist ? ['--clients'] : [])),
  ];
}

/** Reads the command line. What stands after a scenario's name belongs to the scenario. */
export function readArguments(args: readonly string[]): Request {
  const tiers: Tier[] = [];
  let timeoutSeconds = defaultTimeoutSeconds;
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at] as string;
    if (word === '--help' || word === '-h') return { kind: 'help' };
    if (word === '--check' || word === '--unit' || word === '--int') {
      tiers.push({ kind: word.slice(2) as 'check' | 'unit' | 'int' });
    } else if (word === 'vendors') {
      tiers.push({ kind: 'vendors' });
    } else if (word === '--e2e' || word === 'e2e') {
      const scenarios = e2eScenarios();
      tiers.push(...scenarios.map((scenario) => play(scenario)));
      if (scenarios.length === 0) return { kind: 'refused', because: 'there is no e2e scenario yet' };
    } else if (word === '--timeout') {
      at += 1;
      timeoutSeconds = Number(args[at]);
      if (!(timeoutSeconds > 0)) return { kind: 'refused', because: '--timeout wants a number of seconds' };
    } else {
      const name = word === '--images' ? 'images' : word;
      const scenario = allScenarios().find((known) => known.name === name);
      if (scenario === undefined) return { kind: 'refused', because: unknownName(word) };
      tiers.push(play(scenario, args.slice(at + 1)));
      break;
    }
  }
  return { kind: 'run', tiers: tiers.length === 0 ? wholeRun() : tiers, timeoutSeconds };
}

function unknownName(word: string): string {
  const names = [
    '--check',
    '--unit',
    '--int',
    'vendors',
    'e2e',
    ...allScenarios().map((scenario) => scenario.name),
  ];
  return `there is no test '${word}'; there are:\n${names.map((name) => `  ${name}`).join('\n')}`;
}

export const usage = `Usage: ./reveille test [options] [name [its arguments]]

Without a name everything runs, in this order: checks, unit tests, integration tests,
e2e scenarios, the sandbox checklist, fuzz. The last line is 'N passed, N failed'.

  --check              format, lint, types, boundaries, dead code, catalogue, generated files
  --unit               unit tests (nothing outside the process)
  --int                integration tests (real nats-server, Postgres, sandbox)
  vendors              the contract of every vendor against the sandbox, as a table
  e2e                  all e2e scenarios
  e2e/<name> [args]    one scenario; what follows its name is handed to it
  sandbox/checklist [--clients]
                       the sandbox against the vendors' documented rules
  fuzz                 random frames, jobs, events, bodies and headers
  --images             container images and docker-compose.yml (needs a container engine)
  --timeout SECONDS    for each scenario, before its name (${defaultTimeoutSeconds})
`;
