import type { TierResult } from './tier-result.ts';
import { runVitest } from './vitest-tier.ts';
import type { VitestTest } from './what-failed.ts';

/** What is asked of every vendor, and of the libraries that can send for one. */
const specs = ['src/vendors/vendors.int.spec.ts', 'src/outbound/sender-conformance.int.spec.ts'];

const marks: Readonly<Record<string, string>> = { passed: 'ok', failed: 'FAILED' };
/** The case was not asked, and nobody says that the vendor has none. */
const skipped = 'SKIPPED';
/** The vendor has no such case: below the table stands why. */
const lacking = '-';
/** The case is another vendor's own. */
const foreign = '';

/** The contract of every vendor; its last words are a table of cases by vendors. */
export async function runVendors(): Promise<TierResult> {
  const { tests, ...result } = await runVitest('vendors', specs);
  if (tests.length > 0) console.log(tableOf(tests));
  return result;
}

/** A row for each case, a column for each vendor, and below it what was not asked and why. */
export function tableOf(all: readonly VitestTest[]): string {
  // What is asked of no vendor in particular is no row.
  const tests = all.filter((test) => vendorOf(test) !== '');
  const vendors = [...new Set(tests.map(vendorOf))].sort();
  const rows = Map.groupBy(tests, ({ title }) => title);
  const width = Math.max(...[...rows.keys()].map((title) => title.length));
  const line = (first: string, cells: readonly string[]): string =>
    [first.padEnd(width), ...cells.map((cell, at) => cell.padEnd(vendors[at]?.length ?? 0))]
      .join('  ')
      .trimEnd();
  const lines = [...rows].map(([title, row]) => {
    const cells = vendors.map((vendor) => markOf(row.find((test) => vendorOf(test) === vendor)));
    return line(title, cells);
  });
  return ['', line('case', vendors), ...lines, '', ...notAsked(rows), ''].join('\n');
}

const vendorOf = ({ ancestorTitles }: VitestTest): string => ancestorTitles[0] ?? '';

function lackOf({ status, meta }: VitestTest): string | null {
  return marks[status] === undefined && typeof meta?.['lacks'] === 'string' ? meta['lacks'] : null;
}

function markOf(test: VitestTest | undefined): string {
  if (test === undefined) return foreign;
  return marks[test.status] ?? (lackOf(test) === null ? skipped : lacking);
}

/** One line for each case and reason, with the vendors that it holds for. */
function notAsked(rows: ReadonlyMap<string, readonly VitestTest[]>): string[] {
  return [...rows].flatMap(([title, row]) => {
    const left = row.filter(({ status }) => marks[status] === undefined);
    const reasons = Map.groupBy(left, (test) => lackOf(test));
    return [...reasons].map(([because, those]) => {
      const whose = those.map(vendorOf).sort().join(', ');
      return because === null
        ? `${skipped} ${title}: ${whose}: the spec gives no reason`
        : `${lacking} ${title}: ${whose}: ${because}`;
    });
  });
}
