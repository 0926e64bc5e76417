import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ProcessOptions, projectFolder, runProcess } from '../run-process.ts';
import type { TierResult } from './tier-result.ts';
import { failedTests, type VitestTest } from './what-failed.ts';

/** The part of vitest's JSON report that is read here. */
interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly VitestTest[];
  }[];
}

/**
 * Runs the specs whose path holds one of the filters and counts from vitest's own report. A file that
 * cannot be loaded has no test that failed; it counts as one failure all the same.
 */
export async function runVitest(
  name: string,
  filters: readonly string[],
  output: ProcessOptions['output'] = 'live',
  folder = projectFolder,
): Promise<TierResult & { readonly words: string; readonly tests: readonly VitestTest[] }> {
  const reportFolder = mkdtempSync(join(tmpdir(), 'reveille-report-'));
  const reportFile = join(reportFolder, 'report.json');
  const end = await runProcess(
    join(projectFolder, 'node_modules/.bin/vitest'),
    ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`, ...filters],
    { folder, output },
  );
  const faults: string[] = [];
  let passed = 0;
  let failed = 0;
  const tests: VitestTest[] = [];
  const whatFailed: string[] = [];
  try {
    const report = JSON.parse(readFileSync(reportFile, 'utf8')) as VitestReport;
    passed = report.numPassedTests;
    failed = report.numFailedTests;
    for (const file of report.testResults) {
      tests.push(...file.assertionResults);
      whatFailed.push(...failedTests(folder, file.name, file.assertionResults));
      if (file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed')) {
        failed += 1;
        faults.push(`${file.name}: ${file.message.split('\n')[0] || 'could not be run'}`);
      }
    }
  } catch (error) {
    faults.push(`vitest left no report that can be read (${(error as Error).message})`);
  } finally {
    rmSync(reportFolder, { recursive: true, force: true });
  }
  if (end.exitCode !== 0 && failed === 0) {
    failed = 1;
    faults.push(`vitest ended with ${end.exitCode ?? end.signal} though no test failed`);
  }
  if (end.leftProcesses.length > 0) {
    failed += 1;
    faults.push(`a test left a process behind; it was killed: ${end.leftProcesses.join(' | ')}`);
  }
  const words = end.stdout + end.stderr;
  return { name, passed, failed, tookMs: end.tookMs, faults, whatFailed, words, tests };
}
