import { basename } from 'node:path';
import type { SourceFile, SyntaxNode } from './source-file.ts';

/** A rule about the words of one source file. It reports the offset of what breaks it. */
export interface WordRule {
  readonly name: string;
  readonly severity: 'error' | 'warning';
  readonly says: string;
  /** Whether the file is one that the rule speaks about. */
  readonly looksAt: (path: string) => boolean;
  readonly atFile?: (file: SourceFile) => boolean;
  readonly atNode?: (node: SyntaxNode) => boolean;
}

const isSpec = (path: string): boolean => /\.(unit|int)\.spec\.ts$/.test(path);
const isTestCode = (path: string): boolean =>
  isSpec(path) || path.includes('/testing/') || path.endsWith('.contract.ts');
/** What runs in production: e2e, bench and scripts look at it from outside. */
const isProduct = (path: string): boolean =>
  /^(packages|services|apps)\/[^/]+\/src\//.test(path) && !isTestCode(path);

const nameOf = (node: unknown): string | null => {
  const { type, name } = (node ?? {}) as { type?: string; name?: string };
  return type === 'Identifier' && name !== undefined ? name : null;
};

/** `process.env` → ['process', 'env']; null for anything that is not a plain name with plain properties. */
function dotted(node: unknown): readonly string[] | null {
  const direct = nameOf(node);
  if (direct !== null) return [direct];
  const member = node as SyntaxNode | null;
  if (member?.type !== 'MemberExpression') return null;
  const left = dotted(member['object']);
  const property = member['property'] as SyntaxNode;
  const right = member['computed'] === true ? property['value'] : nameOf(property);
  return left === null || typeof right !== 'string' ? null : [...left, right];
}

/** Also under globalThis. */
const isPath = (node: unknown, ...names: readonly string[]): boolean =>
  names.includes((dotted(node) ?? []).join('.').replace(/^globalThis\./, ''));

const imports = (node: SyntaxNode, module: RegExp, ...names: readonly string[]): boolean =>
  node.type === 'ImportDeclaration' &&
  module.test(String((node['source'] as SyntaxNode)['value'])) &&
  (node['specifiers'] as SyntaxNode[]).some((one) => names.includes(nameOf(one['imported']) ?? '*'));

const readsClock = (node: SyntaxNode): boolean =>
  (node.type === 'MemberExpression' && isPath(node, 'Date.now', 'Math.random')) ||
  (node.type === 'NewExpression' &&
    isPath(node['callee'], 'Date') &&
    (node['arguments'] as unknown[]).length === 0);

const startsSubject = (node: SyntaxNode): boolean => {
  if (node.type === 'Literal') return typeof node['value'] === 'string' && node['value'].startsWith('im.');
  if (node.type !== 'TemplateLiteral') return false;
  const first = (node['quasis'] as { value: { cooked: string | null } }[])[0];
  return first?.value.cooked?.startsWith('im.') ?? false;
};

const vagueWords = [
  'util',
  'utils',
  'helper',
  'helpers',
  'common',
  'shared',
  'misc',
  'manager',
  'base',
  'impl',
];
const isVaguePath = (path: string): boolean =>
  path
    .replace(/\.[a-z]+$/, '')
    .split(/[/.-]/)
    .some((word) => vagueWords.includes(word.toLowerCase()));

const isVagueExport = (node: SyntaxNode): boolean => {
  if (node.type !== 'ExportNamedDeclaration' || node['declaration'] == null) return false;
  const declaration = node['declaration'] as SyntaxNode;
  const declared = (declaration['declarations'] as SyntaxNode[] | undefined) ?? [declaration];
  const isInterface = declaration.type === 'TSInterfaceDeclaration';
  return declared.some((one) => {
    const name = nameOf(one['id']) ?? '';
    return /(Utils?|Helpers?|Misc|Manager|Impl)$/.test(name) || (isInterface && /^I[A-Z][a-z]/.test(name));
  });
};

const waits = (node: SyntaxNode): boolean =>
  imports(node, /^(node:)?timers(\/promises)?$/, 'setTimeout', 'setInterval') ||
  (node.type === 'CallExpression' &&
    isPath(node['callee'], 'setTimeout', 'setInterval', 'sleep', 'delay', 'Atomics.wait'));

/** The rules, each about one kind of word. `pnpm check:self` plants one violation of each. */
export const wordRules: readonly WordRule[] = [
  {
    name: 'env-in-chassis',
    severity: 'error',
    says: 'the environment is read in chassis/env.ts only',
    looksAt: (path) => isProduct(path) && path !== 'packages/chassis/src/env.ts',
    atNode: (node) =>
      (node.type === 'MemberExpression' && isPath(node, 'process.env')) ||
      imports(node, /^(node:)?process$/, 'env'),
  },
  {
    name: 'clock-in-chassis',
    severity: 'error',
    says: 'time and chance are handed in; only chassis reads Date.now, new Date() and Math.random',
    // The SDK may not know chassis: it has one file of its own for this.
    looksAt: (path) =>
      isProduct(path) &&
      !path.startsWith('packages/chassis/') &&
      path !== 'packages/sdk/src/time-and-chance.ts',
    atNode: readsClock,
  },
  {
    name: 'subjects-in-contracts',
    severity: 'error',
    says: 'a subject is built in contracts/subjects.ts only',
    looksAt: (path) => isProduct(path) && !path.startsWith('packages/contracts/'),
    atNode: startsSubject,
  },
  {
    name: 'no-index-file',
    severity: 'error',
    says: 'a door is a file with a name; no index.ts',
    looksAt: () => true,
    atFile: (file) => /^index\.[cm]?tsx?$/.test(basename(file.path)),
  },
  {
    name: 'no-default-export',
    severity: 'error',
    says: 'exports have names',
    looksAt: (path) => !/(^|\/)[a-z-]+\.config\.ts$/.test(path),
    atNode: (node) =>
      node.type === 'ExportDefaultDeclaration' ||
      (node.type === 'ExportSpecifier' && nameOf(node['exported']) === 'default'),
  },
  {
    name: 'no-vague-names',
    severity: 'error',
    says: `the idea has no name yet (${vagueWords.join(', ')}, I… say nothing)`,
    looksAt: () => true,
    atFile: (file) => isVaguePath(file.path),
    atNode: isVagueExport,
  },
  {
    name: 'no-sleep-in-spec',
    severity: 'error',
    says: 'a test waits for a signal or polls with a deadline; it does not sleep',
    looksAt: isSpec,
    atNode: waits,
  },
  {
    name: 'no-module-mock',
    severity: 'error',
    says: 'a fake is handed in; modules are not mocked',
    looksAt: () => true,
    atNode: (node) =>
      node.type === 'CallExpression' &&
      isPath(node['callee'], 'vi.mock', 'vi.doMock', 'vi.importMock', 'vitest.mock', 'jest.mock'),
  },
  {
    name: 'long-file',
    severity: 'warning',
    says: 'more than 250 lines are worth a second look',
    looksAt: () => true,
    atFile: (file) => file.text.split('\n').length > 251,
  },
];
