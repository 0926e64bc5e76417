import { createHash } from 'node:crypto';

/**
 * Names of private places and tools must not leak into what is published. They are kept as fingerprints, so
 * that this list does not name them itself. `node scripts/checking/private-words.ts WORD…` prints fingerprints.
 */
const privateWords = new Set([
  'c857d09db23e6822',
  'c70eca6b0f88f44d',
  '60965168ce762e94',
  '7d3194f79e645c42',
  '3ea125d0bff386e6',
  '94a168d2da574b00',
  'c247e9808f5e81b8',
  'de2187af3fb01170',
]);
/** First folders of absolute paths that exist on one machine only. */
const privateFolders = new Set(['00e13ed7af55b276', '81e88f989c2b4ff5']);

/** A person's own folder. */
const ownFolder = /(?<![\w.:-])\/(?:home|Users)\/[a-z][\w-]*\/|(?<![\w./-])\/root\//;

export function fingerprint(word: string): string {
  return createHash('sha256').update(word.toLowerCase()).digest('hex').slice(0, 16);
}

const known = new Map<string, string>();
function fingerprintOf(word: string): string {
  const print = known.get(word) ?? fingerprint(word);
  known.set(word, print);
  return print;
}

/** The offset of the first private word of a text, or null. */
export function findPrivateWord(text: string): number | null {
  for (const match of text.matchAll(/[A-Za-z]{4,}/g)) {
    if (privateWords.has(fingerprintOf(match[0]))) return match.index;
  }
  for (const match of text.matchAll(/(?<![\w.:*/}{)-])\/((?:tmp\/)?[a-z]+)\//g)) {
    if (privateFolders.has(fingerprintOf(match[1] as string))) return match.index;
  }
  return ownFolder.exec(text)?.index ?? null;
}

if (import.meta.main) for (const word of process.argv.slice(2)) console.log(fingerprint(word));
