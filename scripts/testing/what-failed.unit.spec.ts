import { describe, expect, it } from 'vitest';
import { failedLines, failedTests, fewOf, firstWords } from './what-failed.ts';

describe('what failed, said once more', () => {
  it('names file, titles and the first line of the message of a test that failed, and no other', () => {
    const tests = [
      { ancestorTitles: ['a', 'b'], title: 'good', status: 'passed' },
      {
        ancestorTitles: ['a', 'b'],
        title: 'bad',
        status: 'failed',
        failureMessages: ['Error: no\n    at x'],
      },
      { ancestorTitles: [], title: 'mute', status: 'failed' },
    ];
    expect(failedTests('/project', '/project/packages/x/x.spec.ts', tests)).toEqual([
      'packages/x/x.spec.ts > a > b > bad: Error: no',
      'packages/x/x.spec.ts > mute: it said nothing',
    ]);
  });

  it('finds the failed checks of scenarios and of the checklist, colours taken off, the first line of a story', () => {
    const words = [
      'e2e/x',
      '  ok   one',
      '\u001b[31m FAIL \u001b[0m two — got 1, wanted 2',
      ' FAIL  the scenario ran to its end — Error: gone',
      '    at y',
      'FAIL row-3     POST /x · documented: 200 · got: 400',
      'RESULT 1 passed 3 failed',
    ];
    expect(failedLines(words.join('\n'))).toEqual([
      'FAIL  two — got 1, wanted 2',
      'FAIL  the scenario ran to its end — Error: gone',
      'FAIL row-3     POST /x · documented: 200 · got: 400',
    ]);
  });

  it('gives the first words of a tool, less warnings and what is drawn', () => {
    expect(firstWords('warning long-file: x\n  ━━━ format ━━━\n\n  - a.ts\nb.ts: error\n', 2)).toEqual([
      '- a.ts',
      'b.ts: error',
    ]);
  });

  it('keeps a long list and a long line short, and says so', () => {
    expect(fewOf(Array.from({ length: 30 }, String)).at(-1)).toBe('… and 18 more above');
    expect(fewOf(['a', 'b'])).toEqual(['a', 'b']);
    expect(failedLines(`FAIL ${'x'.repeat(900)}`)[0]?.length).toBeLessThan(500);
  });
});
