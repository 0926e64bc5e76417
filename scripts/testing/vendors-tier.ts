import type { TierResult } from './tier-result.ts';
import { runVitest, type VitestTest } from './vitest-tier.ts';

/** What is asked of every vendor, and of the libraries that can send for one. */
const specs = ['src/vendors/vendors.int.spec.ts', 'src/outbound/sender-conformance.int.spec.ts'];

const marks: Readonly<Record<string, string>> = { passed: 'ok', failed: 'FAILED' };
/** The vendor has no such case. */
const none = '-';

/** The contract of every vendor; its last words are a table of cases by vendors. */
export async function runVendors(): Promise<TierResult> {
  const { tests, ...result } = await runVitest('vendors', specs);
  if (tests.length > 0) console.log(tableOf(tests));
  return result;
}

function tableOf(all: readonly VitestTest[]): string {
  const vendorOf = ({ ancestorTitles }: VitestTest): string => ancestorTitles[0] ?? '';
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
    const cells = vendors.map((vendor) => {
      const status = row.find((test) => vendorOf(test) === vendor)?.status;
      return (status === undefined ? undefined : marks[status]) ?? none;
    });
    return line(title, cells);
  });
  return ['', line('case', vendors), ...lines, ''].join('\n');
}
