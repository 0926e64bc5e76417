import { expect, it } from 'vitest';

declare global {
  interface ImportMeta {
    /** Vite's: the files that a pattern names. */
    glob(pattern: string, options: object): Record<string, string>;
  }
}

// Read as text by the bundler, so that this file needs nothing of Node either.
const sources: Readonly<Record<string, string>> = import.meta.glob('./*.ts', {
  query: '?raw',
  import: 'default',
  eager: true,
});
const shipped = Object.entries(sources).filter(([path]) => !path.endsWith('.spec.ts'));
const importedBy = (text: string): string[] =>
  [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, specifier]) => specifier ?? '');

it('what is shipped imports its own files and the contracts, and names nothing of Node', () => {
  expect(shipped.length).toBeGreaterThan(8);
  const imported = shipped.flatMap(([, text]) => importedBy(text));
  expect(imported.length).toBeGreaterThan(10);
  expect(imported.filter((name) => !/^(\.\/|@reveille\/contracts\/)/.test(name))).toEqual([]);
  const ofNode = /\b(Buffer|process\.|require\(|__dirname|setImmediate)/;
  expect(shipped.filter(([, text]) => ofNode.test(text)).map(([path]) => path)).toEqual([]);
});
