import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync, type Program } from 'oxc-parser';

/** A node of the syntax tree, as far as the rules look at it. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly [key: string]: unknown;
}

export interface SourceFile {
  /** Relative to the project's folder, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly program: Program;
}

export interface Finding {
  readonly rule: string;
  readonly path: string;
  readonly line: number;
  readonly says: string;
  readonly severity: 'error' | 'warning';
}

/** Every file that git knows or would take, generated ones included. */
export function projectFiles(folder: string): string[] {
  const words = execFileSync(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'],
    {
      cwd: folder,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  return words.split('\0').filter((path) => path !== '');
}

/** Null for a file that was deleted and is still in git's index. */
export function readProjectFile(folder: string, path: string): string | null {
  try {
    return readFileSync(join(folder, path), 'utf8');
  } catch (error) {
    if (['ENOENT', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}

export function parseSource(path: string, text: string): SourceFile {
  return { path, text, program: parseSync(path, text, { lang: 'ts', sourceType: 'module' }).program };
}

export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}

/** Visits every node, parents first. */
export function walk(root: unknown, visit: (node: SyntaxNode) => void): void {
  if (Array.isArray(root)) {
    for (const item of root) walk(item, visit);
  } else if (root !== null && typeof root === 'object') {
    if (typeof (root as SyntaxNode).type === 'string') visit(root as SyntaxNode);
    for (const value of Object.values(root))
      if (value !== null && typeof value === 'object') walk(value, visit);
  }
}
